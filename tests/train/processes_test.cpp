// Several processes over loopback train as one does.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/train/catch.hpp"
#include "tests/train/tolerance.hpp"

namespace avae::test {
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

/// Lines that `size` processes write together, errors among them.
std::string steps_by(int size, const std::string& objective) {
  std::string command = "export OMP_NUM_THREADS=1 MASTER_ADDR=127.0.0.1 WORLD_SIZE=" + std::to_string(size) +
                        " MASTER_PORT=" + std::to_string(free_port()) + "; ";
  for (int rank = 0; rank < size; ++rank)
    command += "RANK=" + std::to_string(rank) + " " + AVAE_PROCESS_STEPS + " " + objective + " 2>&1 & ";
  FILE* pipe = popen((command + "wait").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  pclose(pipe);
  return text;
}

}  // namespace

TEST_CASE("processes: two of them have the losses of one at the same batch, for ten steps of each objective") {
  const std::string objective = GENERATE("seed", "vae", "gan", "avae");
  CAPTURE(objective);
  const std::string together = steps_by(2, objective);
  if (together.find("trains in one process only") != std::string::npos) SKIP("built without Gloo");
  std::istringstream alone(steps_by(1, objective)), two(together);
  std::string expected_line, line;
  int step = 0;
  for (; std::getline(alone, expected_line); ++step) {
    CAPTURE(step, expected_line, together);
    REQUIRE(std::getline(two, line));
    const auto expected = nlohmann::json::parse(expected_line), got = nlohmann::json::parse(line);
    REQUIRE(expected.size() == got.size());
    for (const auto& [name, value] : expected.items()) {
      CAPTURE(name);
      CHECK(std::abs(got.at(name).get<double>() - value.get<double>()) <=
            kCurveTolerance * std::max(0.1, std::abs(value.get<double>())));
    }
  }
  CHECK(step == 10);
}

}  // namespace avae::test
