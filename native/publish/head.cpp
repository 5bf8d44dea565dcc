#include "native/publish/head.hpp"

#include "native/publish/card.hpp"

namespace avae {
namespace {

constexpr std::string_view kPlace = "<!-- avae:head -->";
constexpr const char* kDescription =
    "Explore the latent space of an image model in your browser, and share a link that shows the same pixels "
    "everywhere.";

std::string property(const char* name, const std::string& content) {
  return std::string("<meta property=\"") + name + "\" content=\"" + html_text(content) + "\">\n";
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string preview_head(const PageHead& head, const std::string& path) {
  std::string lines = property("og:type", "website") + property("og:title", head.title + " · AVAE") +
                      property("og:description", kDescription);
  if (!head.base_url.empty()) {
    const std::string url = head.base_url + path;
    lines += "<link rel=\"canonical\" href=\"" + html_text(url) + "\">\n" + property("og:url", url) +
             property("og:image", head.base_url + head.card) + property("og:image:width", std::to_string(kCardWidth)) +
             property("og:image:height", std::to_string(kCardHeight)) +
             property("og:image:alt", path.empty() ? "Pictures drawn by the model " + head.title : head.title) +
             "<meta name=\"twitter:card\" content=\"summary_large_image\">\n";
  }
  lines.pop_back();
  return lines;
}

Result<std::string> normalise_base_url(const std::string& url) {
  const char* hint = "give an address such as https://example.org/clothes/";
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || url.size() == scheme || url[scheme] == '/')
    return fail("base URL " + url + " is not an http or https address", hint);
  for (const char c : url) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && std::string_view("-._~:/[]@!$()*+,;=%").find(c) == std::string_view::npos) {
      return fail("base URL " + url + " has a character that cannot be in it, " + std::string(1, c), hint);
    }
  }
  return url.ends_with('/') ? url : url + "/";
}

Result<std::string> insert_head(std::string_view html, const PageHead& head) {
  const std::size_t at = html.find(kPlace);
  if (at == std::string_view::npos || html.find(kPlace, at + 1) != std::string_view::npos) {
    return fail("the site template's index.html does not have " + std::string(kPlace) + " once",
                "build the template again");
  }
  return std::string(html.substr(0, at)) + preview_head(head, "") + std::string(html.substr(at + kPlace.size()));
}

}  // namespace avae
