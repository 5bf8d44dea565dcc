#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "native/data/files.hpp"
#include "temp_folder.hpp"

using namespace avae;
using namespace avae::test;

namespace {

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("files: what is written is read back, and replaces what was there") {
  const TempFolder folder;
  REQUIRE(write_file_atomically(folder / "a", "old and longer"));
  REQUIRE(write_file_atomically(folder / "a", "new"));
  CHECK(text_of(folder / "a") == "new");
  CHECK(read_file(folder / "a").value() == Bytes{'n', 'e', 'w'});
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("files: a link to a file stays a link") {
  const TempFolder folder;
  put(folder / "real", "old");
  fs::create_symlink(folder / "real", folder / "link");
  REQUIRE(write_file_atomically(folder / "link", "new"));
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(text_of(folder / "real") == "new");
}

TEST_CASE("files: a full disk is an error and leaves the device in place") {
  const auto done = write_file_atomically("/dev/full", "bytes");
  REQUIRE(!done);
  CHECK(done.error().message == "cannot write /dev/full, the disk is full");
  CHECK(!done.error().hint.empty());
  CHECK(fs::is_character_file("/dev/full"));
}

TEST_CASE("files: a name that cannot be written is an error and leaves nothing behind") {
  const TempFolder folder;
  put(folder / "file", "x");
  fs::create_directory(folder / "folder");
  CHECK(write_file_atomically(folder / "file/a", "x")
            .error()
            .message.ends_with("a part of the path is a file, not a folder"));
  CHECK(write_file_atomically(folder / "folder", "x").error().message.ends_with("it is a folder"));
  CHECK(write_file_atomically(folder / "missing/a", "x")
            .error()
            .message.ends_with("there is no folder " + (folder / "missing").string()));
  CHECK(!write_file_atomically("/proc/avae", "x"));
  CHECK(entries(folder.path()) == 2);
}

TEST_CASE("files: whoever writes the same file at once, one of them is there in the end, whole, and nothing else") {
  const TempFolder folder;
  const std::string one(1 << 20, 'a'), two(1 << 20, 'b');
  std::thread other([&] {
    for (int i = 0; i < 20; ++i) CHECK(write_file_atomically(folder / "f", two));
  });
  for (int i = 0; i < 20; ++i) {
    CHECK(write_file_atomically(folder / "f", one));
    CHECK(check_writable(folder / "f"));
  }
  other.join();
  const std::string left = text_of(folder / "f");
  CHECK((left == one || left == two));
  CHECK(entries(folder.path()) == 1);
  REQUIRE(write_file_atomically(folder / std::string(250, 'n'), "a long name"));
}

TEST_CASE("files: a folder is held by one, until that lets go") {
  const TempFolder folder;
  {
    const auto first = FolderLock::take(folder.path());
    REQUIRE(first);
    const auto second = FolderLock::take(folder.path());
    REQUIRE(!second);
    CHECK(second.error().message.ends_with("is in use by another avae"));
  }
  CHECK(FolderLock::take(folder.path()));
}

TEST_CASE("files: whether a file can be written is known beforehand, without a trace") {
  const TempFolder folder;
  put(folder / "file", "old");
  fs::create_directory(folder / "folder");
  CHECK(check_writable(folder / "file"));
  CHECK(check_writable(folder / "new"));
  CHECK(check_writable("/dev/null"));
  CHECK(check_writable(folder / "folder").error().message.ends_with("it is a folder"));
  CHECK(check_writable(folder / "file/a").error().message.ends_with("a part of the path is a file, not a folder"));
  CHECK(check_writable(folder / "missing/a").error().message.find("there is no folder") != std::string::npos);
  CHECK(!check_writable("/proc/avae"));
  CHECK(text_of(folder / "file") == "old");
  CHECK(entries(folder.path()) == 2);
}

TEST_CASE("files: a new file takes the first free name and replaces nothing") {
  const TempFolder folder;
  put(folder / "a.b.png", "mine");
  fs::create_directory(folder / "a.b-2.png");
  fs::create_symlink(folder / "nowhere", folder / "a.b-3.png");
  CHECK(write_new_file(folder / "a.b.png", Bytes{'x'}).value() == folder / "a.b-4.png");
  CHECK(write_new_file(folder / "a.b.png", Bytes{'y'}).value() == folder / "a.b-5.png");
  CHECK(write_new_file(folder / "other", Bytes{'z'}).value() == folder / "other");
  CHECK(text_of(folder / "a.b.png") == "mine");
  CHECK(text_of(folder / "a.b-4.png") == "x");
  CHECK(!fs::exists(folder / "nowhere"));
}

TEST_CASE("files: a new file that cannot be written is an error and leaves nothing behind") {
  const TempFolder folder;
  put(folder / "file", "x");
  CHECK(write_new_file(folder / "missing/a", {})
            .error()
            .message.ends_with("there is no folder " + (folder / "missing").string()));
  CHECK(write_new_file(folder / "file/a", {}).error().message.ends_with("a part of the path is a file, not a folder"));
  CHECK(!write_new_file("/proc/avae", {}));
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("files: reading what is not a file is an error") {
  const TempFolder folder;
  CHECK(read_file(folder / "missing").error().message.ends_with("it is not there"));
  CHECK(read_file(folder.path()).error().message.ends_with("it is a folder"));
}

TEST_CASE("files: folders are made with their parents, but not over a file") {
  const TempFolder folder;
  REQUIRE(make_folder(folder / "a/b/c"));
  REQUIRE(make_folder(folder / "a/b/c"));
  CHECK(fs::is_directory(folder / "a/b/c"));
  put(folder / "file", "x");
  CHECK(!make_folder(folder / "file"));
  CHECK(!make_folder(folder / "file/below"));
  CHECK(text_of(folder / "file") == "x");
}
