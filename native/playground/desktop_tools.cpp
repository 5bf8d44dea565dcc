#include "native/playground/desktop_tools.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>

#include "native/data/files.hpp"
#include "shared/playground/strings.hpp"

extern char** environ;

namespace avae {

namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;  // as opening.cpp
constexpr char kPatterns[] = "*.png *.jpg *.jpeg *.bmp *.PNG *.JPG *.JPEG *.BMP";

/// Starts a program whose output goes into `pipe`. 0 when it cannot be started.
pid_t spawn(const std::vector<std::string>& command, int pipe) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t process = 0;
  const int failed = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? process : 0;
}

}  // namespace

DesktopTools::Sentences DesktopTools::sentences() {
  return {
      tr("There is no file dialog here: install zenity or kdialog, or drop the picture on the window."),
      tr("There is no link on the clipboard. For pictures install wl-clipboard or xclip, or drop the picture on the "
         "window."),
      tr("There is no link and no picture on the clipboard: copy one first.")};
}

DesktopTools::~DesktopTools() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (process_ > 0) kill(process_, SIGTERM);
  }
  if (thread_.joinable()) thread_.join();
  std::error_code none;
  if (answer_ && answer_->temporary) std::filesystem::remove_all(answer_->file.parent_path(), none);
}

void DesktopTools::start(std::function<Answer()> work) {
  if (busy()) return;
  thread_ = std::thread([this, work = std::move(work)] {
    Answer answer = work();
    {
      const std::lock_guard lock(mutex_);
      answer_ = std::move(answer);
    }
    ready_();
  });
}

void DesktopTools::choose_picture() {
  const std::string title = tr("Open a picture…");
  start([this, say = sentences(),
         dialogs = std::vector<std::vector<std::string>>{
             {"zenity", "--file-selection", "--title=" + title,
              std::string("--file-filter=") + tr("Pictures") + " | " + kPatterns},
             {"kdialog", "--title", title, "--getopenfilename", ".", "image/png image/jpeg image/bmp"}}] {
    return chosen(dialogs, say);
  });
}

void DesktopTools::paste_picture() {
  start([this, say = sentences()] { return pasted(say); });
}

std::optional<DesktopTools::Answer> DesktopTools::take() {
  std::optional<Answer> answer;
  {
    const std::lock_guard lock(mutex_);
    answer = std::exchange(answer_, std::nullopt);
  }
  if (answer) thread_.join();
  return answer;
}

DesktopTools::Program DesktopTools::run(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  pid_t process = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) process_ = process = spawn(command, ends[1]);
  }
  close(ends[1]);
  Program program;
  std::array<char, 65536> some;
  while (process > 0) {
    const ssize_t count = read(ends[0], some.data(), some.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    program.said.append(some.data(), static_cast<std::size_t>(count));
    if (program.said.size() > kMostBytes) kill(process, SIGTERM);
  }
  close(ends[0]);
  if (process == 0) return program;
  siginfo_t ended{};
  waitid(P_PID, static_cast<id_t>(process), &ended,
         WEXITED | WNOWAIT);  // nobody else has its number before `process_` goes
  const std::lock_guard lock(mutex_);
  process_ = 0;
  int status = 0;
  waitpid(process, &status, 0);
  program.status = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
  if (program.status == 127) program.status = -1;  // as a spawn that finds no program may say it
  return program;
}

DesktopTools::Answer DesktopTools::chosen(const std::vector<std::vector<std::string>>& dialogs, const Sentences& say) {
  for (const auto& dialog : dialogs) {
    Program program = run(dialog);
    if (program.status < 0) continue;
    while (program.said.ends_with('\n')) program.said.pop_back();
    return {program.status == 0 ? program.said : "", false, ""};
  }
  return {"", false, say.no_dialog};
}

DesktopTools::Answer DesktopTools::pasted(const Sentences& say) {
  std::vector<std::vector<std::string>> programs = {
      {"xclip", "-selection", "clipboard", "-target", "image/png", "-out"}};
  if (std::getenv("WAYLAND_DISPLAY") != nullptr)
    programs.insert(programs.begin(), {"wl-paste", "--no-newline", "--type", "image/png"});
  for (const auto& command : programs) {
    const Program program = run(command);
    if (program.status < 0) continue;
    if (program.status != 0 || program.said.empty()) return {"", false, say.nothing};
    std::error_code none;
    std::string folder = (std::filesystem::temp_directory_path(none) / "avae-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) return {"", false, "cannot write to " + folder};
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(program.said.data());
    const auto path =
        write_new_file(std::filesystem::path(folder) / "pasted.png", std::span(bytes, program.said.size()));
    if (!path) {
      std::filesystem::remove_all(folder, none);
      return {"", false, path.error().text()};
    }
    return {*path, true, ""};
  }
  return {"", false, say.no_tool};
}

}  // namespace avae
