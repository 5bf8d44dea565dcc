#include "native/publish/site_template.hpp"

#include <algorithm>
#include <cstdlib>

#include "native/data/files.hpp"
#include "native/publish/manifest.hpp"

namespace avae {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHint = "build it with cmake --workflow --preset wasm, or give --template";

bool is_template(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "index.html", error);
}

}  // namespace

Result<fs::path> find_template(const std::string& given) {
  const char* variable = std::getenv("AVAE_SITE_TEMPLATE");
  const std::string named = !given.empty() ? given : variable != nullptr ? variable : "";
  if (!named.empty()) {
    if (is_template(named)) return fs::path(named);
    return fail("no site template in " + named + ", it has no index.html", kHint);
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (fs::path above = program.parent_path(); above.has_relative_path(); above = above.parent_path()) {
    for (const fs::path& candidate : {above / "wasm/site-template", above / "build/wasm/site-template"}) {
      if (is_template(candidate)) return candidate;
    }
  }
  return fail("there is no site template", kHint);
}

Result<std::vector<TemplateFile>> read_template(const fs::path& folder) {
  std::vector<TemplateFile> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    const std::string path = it->path().lexically_relative(folder).generic_string();
    if (path == "manifest.json" || path.starts_with("models/"))
      return fail("the site template has a file " + path + ", which publish writes", kHint);
    if (!path.starts_with('.') && !is_site_path(path)) {
      return fail("the site template has a file " + path + ", which no page can fetch",
                  "use letters, digits, '.', '_' and '-'");
    }
    auto bytes = read_file(it->path());
    if (!bytes) return tl::unexpected(bytes.error());
    files.push_back({path, std::move(*bytes)});
  }
  if (error) return fail("cannot list " + folder.string() + ", " + error.message(), "check its permissions");
  std::sort(files.begin(), files.end(), [](const TemplateFile& a, const TemplateFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace avae
