#include "native/playground/desktop_tools.hpp"

#include <chrono>
#include <cstdlib>
#include <semaphore>

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/data/temp_folder.hpp"

namespace avae {
namespace {

using namespace test;

/// The environment of this process, with only the programs of a folder; as it was when this goes.
struct Programs {
  TempFolder folder;
  std::string path = std::getenv("PATH");
  Programs() {
    setenv("PATH", folder.path().c_str(), 1);
    unsetenv("WAYLAND_DISPLAY");
  }
  ~Programs() {
    setenv("PATH", path.c_str(), 1);
    unsetenv("WAYLAND_DISPLAY");
  }
  void add(const std::string& name, const std::string& script) {
    const std::string text = "#!/bin/sh\n" + script + "\n";
    put(folder / name, Bytes(text.begin(), text.end()));
    fs::permissions(folder / name, fs::perms::owner_all);
  }
};

/// Asks, and waits for the answer.
struct Asking {
  std::binary_semaphore ready{0};
  DesktopTools tools{[this] { ready.release(); }};
  DesktopTools::Answer answer(void (DesktopTools::*ask)()) {
    (tools.*ask)();
    CHECK(tools.busy());
    ready.acquire();
    const auto answer = tools.take();
    REQUIRE(answer);
    CHECK_FALSE(tools.busy());
    CHECK_FALSE(tools.take());
    return *answer;
  }
};

}  // namespace

TEST_CASE("desktop tools: the file that is chosen in zenity, or else in kdialog, is the answer") {
  Programs programs;
  Asking asking;
  CHECK(asking.answer(&DesktopTools::choose_picture).problem.find("install zenity or kdialog") != std::string::npos);
  programs.add("kdialog", "echo \"/pictures/of a cat.png\"");
  CHECK(asking.answer(&DesktopTools::choose_picture).file == "/pictures/of a cat.png");
  programs.add("zenity", "case \"$*\" in *--file-selection*'*.png'*) echo /pictures/dog.png;; esac");
  const auto chosen = asking.answer(&DesktopTools::choose_picture);
  CHECK(chosen.file == "/pictures/dog.png");
  CHECK_FALSE(chosen.temporary);
  programs.add("zenity", "exit 1");  // the visitor chose none
  const auto none = asking.answer(&DesktopTools::choose_picture);
  CHECK(none.file.empty());
  CHECK(none.problem.empty());
}

TEST_CASE("desktop tools: a picture on the clipboard becomes a file of its own") {
  Programs programs;
  Asking asking;
  CHECK(asking.answer(&DesktopTools::paste_picture).problem.find("install wl-clipboard or xclip") != std::string::npos);
  programs.add("xclip", "case \"$*\" in *image/png*) printf 'bytes of a picture';; esac");
  const auto pasted = asking.answer(&DesktopTools::paste_picture);
  REQUIRE_FALSE(pasted.file.empty());
  CHECK(pasted.temporary);
  CHECK(text_of(pasted.file) == "bytes of a picture");
  fs::remove_all(pasted.file.parent_path());
  programs.add("wl-paste", "printf 'from wayland'");
  setenv("WAYLAND_DISPLAY", "wayland-0", 1);
  const auto other = asking.answer(&DesktopTools::paste_picture);
  CHECK(text_of(other.file) == "from wayland");
  fs::remove_all(other.file.parent_path());
  programs.add("wl-paste", "exit 1");
  const auto none = asking.answer(&DesktopTools::paste_picture);
  CHECK(none.file.empty());
  CHECK(none.problem == "There is no link and no picture on the clipboard: copy one first.");
}

TEST_CASE("desktop tools: a dialog that is up does not hold the window back when that closes") {
  Programs programs;
  programs.add("zenity", "exec /bin/sleep 600");
  const auto began = std::chrono::steady_clock::now();
  {
    Asking asking;
    asking.tools.choose_picture();
    asking.tools.paste_picture();  // not heard while the dialog is up
    CHECK_FALSE(asking.tools.take());
    CHECK(asking.tools.busy());
  }
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::minutes(5));
}

}  // namespace avae
