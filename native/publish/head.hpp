// What index.html says to search engines and link previews.
#pragma once

#include <string>
#include <string_view>

#include "shared/model/result.hpp"

namespace avae {

struct PageHead {
  std::string title;     ///< of the default model
  std::string base_url;  ///< absolute, ends in '/', or empty: then nothing absolute is written
  std::string card;      ///< path of the preview card
};

/// Text as HTML has it, also inside double quotes.
std::string html_text(std::string_view text);

/// What link previews read, for the page at `path` below the base URL; its last line has no end.
std::string preview_head(const PageHead& head, const std::string& path);

/// Checks and completes an address given by hand: http or https, no query or fragment, nothing that HTML would read;
/// adds the last '/'.
Result<std::string> normalise_base_url(const std::string& url);

/// Replaces the one "<!-- avae:head -->" of the page. Error: it is missing or there twice.
Result<std::string> insert_head(std::string_view html, const PageHead& head);

}  // namespace avae
