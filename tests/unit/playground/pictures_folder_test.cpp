#include "native/playground/pictures_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <optional>

#include "tests/unit/data/temp_folder.hpp"

namespace avae {
namespace {

using namespace test;

/// An environment variable that has another value while this lives.
class Variable {
 public:
  Variable(const char* name, const std::optional<std::string>& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { set(before_); }

 private:
  void set(const std::optional<std::string>& value) {
    if (value) {
      setenv(name_, value->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }
  const char* name_;
  std::optional<std::string> before_;
};

TEST_CASE("pictures folder: the one that the desktop names, else Pictures, else the current folder") {
  const TempFolder home;
  const Variable at_home("HOME", home.path().string()), no_config("XDG_CONFIG_HOME", std::nullopt);
  CHECK(pictures_folder() == fs::current_path());
  fs::create_directory(home / "Pictures");
  CHECK(pictures_folder() == home / "Pictures");
  put(home / ".config/user-dirs.dirs", "# a comment\nXDG_MUSIC_DIR=\"$HOME/Music\"\nXDG_PICTURES_DIR=\"$HOME/图片\"\n");
  CHECK(pictures_folder() == home / "Pictures");  // what it names is not there
  fs::create_directory(home / "图片");
  CHECK(pictures_folder() == home / "图片");

  const TempFolder config;
  const Variable with_config("XDG_CONFIG_HOME", config.path().string());
  CHECK(pictures_folder() == home / "Pictures");
  for (const std::string value : {"relative", "\"", "\"relative\"", "\"\""}) {
    put(config / "user-dirs.dirs", "XDG_PICTURES_DIR=" + value + "\n");
    CHECK(pictures_folder() == home / "Pictures");
  }
  put(config / "user-dirs.dirs", "XDG_PICTURES_DIR=\"" + config.path().string() + "\"\n");
  CHECK(pictures_folder() == config.path());
}

TEST_CASE("pictures folder: without a home it is the current folder") {
  const Variable nobody("HOME", std::nullopt);
  CHECK(pictures_folder() == fs::current_path());
}

}  // namespace
}  // namespace avae
