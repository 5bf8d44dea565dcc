// Programs of the desktop that do what a GLFW window cannot: its file dialog, and pictures on its clipboard.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace avae {

/// Runs one program at a time, on a thread of its own; what is asked for while one runs is not heard. Calls come from
/// the drawing thread.
class DesktopTools {
 public:
  struct Answer {
    std::filesystem::path file;  ///< a picture to open; empty when there is none
    bool temporary = false;      ///< the file is to be removed once it was opened
    std::string problem;         ///< a sentence for the visitor; empty when there is nothing to say
  };

  /// `ready` is called from the thread when an answer waits.
  explicit DesktopTools(std::function<void()> ready) : ready_(std::move(ready)) {}
  /// Ends the program that runs.
  ~DesktopTools();

  /// Brings up the desktop's file dialog: zenity or kdialog. Answered without a file when the visitor chooses none.
  void choose_picture();
  /// Takes a PNG from the clipboard: wl-paste or xclip.
  void paste_picture();

  bool busy() const { return thread_.joinable(); }
  /// The answer, once it has come.
  std::optional<Answer> take();

 private:
  struct Program {
    int status = -1;  ///< of its exit; -1 when it could not be started
    std::string said;
  };
  /// What cannot be done, in the visitor's language, which only the drawing thread knows.
  struct Sentences {
    std::string no_dialog, no_tool, nothing;
  };
  static Sentences sentences();
  void start(std::function<Answer()> work);
  Program run(const std::vector<std::string>& command);
  Answer chosen(const std::vector<std::vector<std::string>>& dialogs, const Sentences& say);
  Answer pasted(const Sentences& say);

  const std::function<void()> ready_;
  std::mutex mutex_;
  std::optional<Answer> answer_;  // guarded by mutex_, as are the two below
  int process_ = 0;               // that runs; 0 for none
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace avae
