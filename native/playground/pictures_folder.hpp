// Where this machine's user keeps pictures.
#pragma once

#include <filesystem>

namespace avae {

/// XDG_PICTURES_DIR of user-dirs.dirs (in XDG_CONFIG_HOME, else ~/.config), else ~/Pictures, whichever is a folder;
/// else the current folder. Absolute.
std::filesystem::path pictures_folder();

}  // namespace avae
