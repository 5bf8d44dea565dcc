#include "native/data/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <string>
#include <system_error>
#include <utility>

namespace avae {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> fail_with(const std::string& what, const fs::path& path, int code) {
  const std::string start = "cannot " + what + " " + path.string() + ", ";
  switch (code) {
    case ENOENT:
      return fail(start + "it is not there", "check the path");
    case ENOTDIR:
      return fail(start + "a part of the path is a file, not a folder", "check the path");
    case EISDIR:
      return fail(start + "it is a folder", "name a file");
    case EACCES:
    case EPERM:
      return fail(start + "permission denied", "choose another place or change its permissions");
    case EROFS:
      return fail(start + "the file system is read-only", "choose a place that can be written");
    case ENOSPC:
    case EDQUOT:
      return fail(start + "the disk is full", "free some space and try again");
    default:
      return fail(start + std::generic_category().message(code), "check the path and the disk");
  }
}

tl::unexpected<Error> no_folder(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  return fail("cannot write " + path.string() + ", there is no folder " + folder.string(), "make it first");
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  int get() const { return value_; }
  /// False when the data that was still on its way could not be kept.
  bool close() {
    const int value = value_;
    value_ = -1;
    return value < 0 || ::close(value) == 0;
  }

 private:
  int value_;
};

/// 0, or the errno of the first failure.
int write_all(int descriptor, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return 0;
}

Result<void> write_through(const fs::path& path, std::span<const std::uint8_t> bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0) return fail_with("write", path, errno);
  if (const int code = write_all(file.get(), bytes); code != 0) return fail_with("write", path, code);
  return {};
}

/// Where what is written as a file goes.
struct Target {
  fs::path path;       ///< a link is followed, so that it stays a link
  bool whole = true;   ///< false: a device or pipe, which renaming a file over it would destroy
  fs::path temporary;  ///< beside it, renamed in the end; of a name that nobody else has
};

Result<Target> target_of(const fs::path& path) {
  std::error_code error;
  const fs::path resolved = fs::canonical(path, error);
  const fs::path target = error ? path : resolved;
  const fs::file_status status = fs::status(target, error);
  if (fs::is_directory(status)) return fail_with("write", path, EISDIR);
  return Target{target, !fs::exists(status) || fs::is_regular_file(status), {}};
}

/// A descriptor of a new file beside the target, or -1.
int make_temporary(Target& target) {
  std::random_device random;
  for (int attempt = 0; attempt < 100; ++attempt) {
    target.temporary = target.path.parent_path() / (".avae-" + std::to_string(random()) + std::to_string(random()));
    const int descriptor = ::open(target.temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
  }
  return -1;
}

/// Why make_temporary() failed.
tl::unexpected<Error> no_temporary(const Target& target, const fs::path& path, int code) {
  return code == ENOENT ? no_folder(target.path) : fail_with("write", path, code);
}

}  // namespace

Result<std::vector<std::uint8_t>> read_file(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return fail_with("read", path, errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return fail_with("read", path, errno);
  if (S_ISDIR(status.st_mode)) return fail_with("read", path, EISDIR);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size) + 1);  // one more, to see the end
  std::size_t filled = 0;
  while (true) {
    // Pipes and /proc files have no size: grow as they come.
    if (filled == bytes.size()) bytes.resize(filled + 65536);
    const ssize_t count = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_with("read", path, errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

Result<void> check_writable(const fs::path& path) {
  auto target = target_of(path);
  if (!target) return tl::unexpected(target.error());
  if (!target->whole) return {};
  const Descriptor file(make_temporary(*target));
  if (file.get() < 0) return no_temporary(*target, path, errno);
  ::unlink(target->temporary.c_str());
  return {};
}

Result<void> write_file_atomically(const fs::path& path, std::span<const std::uint8_t> bytes) {
  auto target = target_of(path);
  if (!target) return tl::unexpected(target.error());
  if (!target->whole) return write_through(target->path, bytes);
  Descriptor file(make_temporary(*target));
  if (file.get() < 0) return no_temporary(*target, path, errno);
  int code = write_all(file.get(), bytes);
  if (code == 0 && ::fsync(file.get()) != 0) code = errno;
  if (!file.close() && code == 0) code = errno;
  if (code == 0 && ::rename(target->temporary.c_str(), target->path.c_str()) != 0) code = errno;
  if (code != 0) {
    ::unlink(target->temporary.c_str());
    return fail_with("write", path, code);
  }
  const Descriptor folder(::open(target->path.has_parent_path() ? target->path.parent_path().c_str() : ".",
                                 O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) ::fsync(folder.get());
  return {};
}

Result<void> write_file_atomically(const fs::path& path, std::string_view text) {
  return write_file_atomically(path, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

Result<fs::path> write_new_file(const fs::path& path, std::span<const std::uint8_t> bytes) {
  constexpr int kMostOfAName = 9999;
  for (int number = 1; number <= kMostOfAName; ++number) {
    fs::path target = path;
    if (number > 1)
      target.replace_filename(path.stem().string() + "-" + std::to_string(number) + path.extension().string());
    Descriptor file(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.get() < 0) {
      if (errno == EEXIST) continue;
      return errno == ENOENT ? no_folder(path) : fail_with("write", target, errno);
    }
    int code = write_all(file.get(), bytes);
    if (code == 0 && ::fsync(file.get()) != 0) code = errno;
    if (!file.close() && code == 0) code = errno;
    if (code == 0) return target;
    ::unlink(target.c_str());
    return fail_with("write", target, code);
  }
  return fail("cannot write " + path.string() + ", there are 9999 of that name", "move some elsewhere");
}

Result<FolderLock> FolderLock::take(const fs::path& path) {
  FolderLock lock;
  lock.descriptor_ = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // A file system without locks has none to lose.
  if (lock.descriptor_ >= 0 && ::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return fail(path.string() + " is in use by another avae", "wait until that has ended, or choose another folder");
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail_with("make the folder", path, error.value());
  if (!fs::is_directory(path, error))
    return fail("cannot make the folder " + path.string() + ", a file is in the way", "choose another name");
  return {};
}

}  // namespace avae
