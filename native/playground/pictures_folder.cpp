#include "native/playground/pictures_folder.hpp"

#include <cstdlib>
#include <fstream>
#include <string>

namespace avae {

namespace {

namespace fs = std::filesystem;

fs::path from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

/// What the desktop's file says, as its specification writes it: XDG_PICTURES_DIR="$HOME/…" or "/…". Empty when it
/// says nothing.
fs::path configured(const fs::path& home) {
  constexpr std::string_view kStart = "XDG_PICTURES_DIR=\"", kHome = "$HOME/";
  fs::path folder = from_environment("XDG_CONFIG_HOME");
  if (folder.empty()) folder = home / ".config";
  std::ifstream file(folder / "user-dirs.dirs");
  fs::path found;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(kStart) || !line.ends_with('"') || line.size() <= kStart.size()) continue;
    const std::string value = line.substr(kStart.size(), line.size() - kStart.size() - 1);
    found = value.starts_with(kHome) ? home / value.substr(kHome.size()) : fs::path(value);
  }
  return found.is_absolute() ? found : fs::path();
}

}  // namespace

fs::path pictures_folder() {
  std::error_code none;
  const fs::path home = from_environment("HOME");
  if (home.is_absolute()) {
    for (const fs::path& folder : {configured(home), home / "Pictures"})
      if (fs::is_directory(folder, none)) return folder.lexically_normal();
  }
  return fs::current_path(none);
}

}  // namespace avae
