// What a visitor drops on the window or pastes into it: links, saved pictures that hold one, and pictures.
#pragma once

#include <string>
#include <string_view>

#include "shared/playground/playground.hpp"

namespace avae {

/// Opens a share link, "#" and a link, or a URL with such a fragment. A link that cannot be opened changes nothing and
/// is told in one sentence: damaged, or for a model that is not here. True when it was opened.
bool open_link(std::string_view text, Playground& playground);

/// A picture file: one that holds a share link restores what the link stands for; any other, and one whose link cannot
/// be opened, which is told in one sentence, is shown to the model on show. What cannot be read, or is larger than
/// 64 MiB, is told likewise.
void open_file(const std::string& path, Playground& playground);

/// Text from the clipboard: the path of a file, or its file:// address as file managers copy it, is opened as
/// open_file() does; anything else as a link. False, and nothing is said, when it is neither.
bool open_text(std::string_view text, Playground& playground);

}  // namespace avae
