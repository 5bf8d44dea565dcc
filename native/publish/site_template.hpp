// The page without models, as the wasm preset builds it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "shared/model/result.hpp"

namespace avae {

struct TemplateFile {
  std::string path;  ///< below the template, forward slashes
  std::vector<std::uint8_t> bytes;
};

/// `given`, else $AVAE_SITE_TEMPLATE, else wasm/site-template in a folder above the program, or in build/ there. Error:
/// none has an index.html.
Result<std::filesystem::path> find_template(const std::string& given);

/// Every file, sorted by path. Errors: unreadable, a name that no page can fetch (spaces, say), manifest.json or
/// models/ in it. Files that start with a dot are for the web server and may have any name.
Result<std::vector<TemplateFile>> read_template(const std::filesystem::path& folder);

}  // namespace avae
