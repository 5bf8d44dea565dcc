#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "program.hpp"

using namespace avae;
using namespace avae::test;

namespace {

/// A port of this machine that nobody listened at a moment ago.
int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  socklen_t size = sizeof address;
  REQUIRE(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(socket);
  return ntohs(address.sin_port);
}

/// avae as process `rank` of two; its messages go to the file.
pid_t start(int rank, int port, std::vector<std::string> arguments, const fs::path& messages) {
  arguments.insert(arguments.begin(), AVAE_PROGRAM);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child > 0) return child;
  setenv("RANK", std::to_string(rank).c_str(), 1);
  setenv("WORLD_SIZE", "2", 1);
  setenv("MASTER_ADDR", "127.0.0.1", 1);
  setenv("MASTER_PORT", std::to_string(port).c_str(), 1);
  setenv("OMP_NUM_THREADS", "1", 1);
  const int file = open(messages.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
  dup2(file, 1);
  dup2(file, 2);
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  execv(AVAE_PROGRAM, words.data());
  _exit(127);
}

int code_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// The variables that launchers set, for as long as it lives.
struct Environment {
  std::vector<const char*> names;
  explicit Environment(const std::vector<std::pair<const char*, const char*>>& values) {
    for (const auto& [name, value] : values) {
      setenv(name, value, 1);
      names.push_back(name);
    }
  }
  ~Environment() {
    for (const char* name : names) unsetenv(name);
  }
};

}  // namespace

TEST_CASE("train: when one of two processes is killed the other ends with a message, and both resume") {
  const TempFolder folder;
  put(folder / "data/train-images-idx3-ubyte", idx({64, 8, 8}));
  const std::string out = (folder / "run").string();
  std::vector<std::string> arguments{"train",       "--data",   (folder / "data/train-images-idx3-ubyte").string(),
                                     "--objective", "avae",     "--preset",
                                     "tiny",        "--latent", "4",
                                     "--batch",     "8",        "--vae-steps",
                                     "4",           "--out",    out};
  std::vector<std::string> endless = arguments;
  endless.insert(endless.end(), {"--epochs", "1000000"});
  int port = free_port();
  const pid_t first = start(0, port, endless, folder / "first"), second = start(1, port, endless, folder / "second");
  // A checkpoint after every epoch: the run is under way.
  const fs::path checkpoint = folder / "run/checkpoints/latest.safetensors";
  int status = 0;
  while (!fs::exists(checkpoint) && waitpid(first, &status, WNOHANG) == 0) usleep(10000);
  if (!fs::exists(checkpoint)) {
    kill(second, SIGKILL);
    code_of(second);
    const std::string said = text_of(folder / "first");
    if (said.find("trains in one process only") != std::string::npos) SKIP("built without Gloo");
    FAIL(said);
  }
  kill(second, SIGKILL);
  code_of(second);
  CHECK(code_of(first) == 1);
  const std::string said = text_of(folder / "first");
  INFO(said);
  CHECK(said.find("avae: process 0 of 2 stopped, as the group broke: ") != std::string::npos);
  CHECK(said.find("start all of them again with --resume") != std::string::npos);

  std::vector<std::string> resumed = arguments;
  resumed.insert(resumed.end(), {"--epochs", "1", "--resume"});
  port = free_port();
  const pid_t again = start(0, port, resumed, folder / "again"), other = start(1, port, resumed, folder / "other");
  CHECK(code_of(again) == 0);
  CHECK(code_of(other) == 0);
  CHECK(text_of(folder / "again").find("by 2 processes") != std::string::npos);
  CHECK(text_of(folder / "other").empty());
  resumed.back() = "--resume";
  CHECK(avae_program(resumed).code == 0);
}

TEST_CASE("train: a launcher's variables that make no sense are one clear sentence") {
  const TempFolder folder;
  put(folder / "data/train-images-idx3-ubyte", idx({64, 8, 8}));
  const struct {
    std::vector<std::pair<const char*, const char*>> variables;
    const char* message;
  } table[] = {
      {{{"WORLD_SIZE", "two"}}, "WORLD_SIZE=two is no whole number"},
      {{{"WORLD_SIZE", "2"}}, "WORLD_SIZE is 2 but RANK is not set"},
      {{{"WORLD_SIZE", "2"}, {"RANK", "2"}, {"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", "1"}}, "RANK=2 is no whole"},
      {{{"OMPI_COMM_WORLD_SIZE", "2"}, {"OMPI_COMM_WORLD_RANK", "1"}}, "MASTER_ADDR is not set"},
      {{{"WORLD_SIZE", "2"}, {"RANK", "1"}, {"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", "0"}}, "MASTER_PORT=0"},
  };
  for (const auto& bad : table) {
    const Environment environment(bad.variables);
    const Outcome outcome = avae_program({"train", "--data", (folder / "data/train-images-idx3-ubyte").string(),
                                          "--batch", "8", "--out", (folder / "run").string()});
    INFO(outcome.err);
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find(bad.message) != std::string::npos);
    CHECK(is_one_line(outcome.err));
    CHECK(!fs::exists(folder / "run"));
  }
}
