#include <catch2/catch_test_macros.hpp>

#include "native/publish/head.hpp"
#include "native/publish/site.hpp"

using namespace avae;

TEST_CASE("head: an address is completed, and refused when it is none") {
  CHECK(normalise_base_url("https://example.org/a").value() == "https://example.org/a/");
  CHECK(normalise_base_url("http://localhost:8000/").value() == "http://localhost:8000/");
  for (const char* bad : {"example.org", "ftp://example.org/", "https://", "https:///a", "https://a.b/\"><script>",
                          "https://a.b/ c", "https://a.b/?q=1", "https://a.b/#x", "javascript:alert(1)"}) {
    INFO(bad);
    CHECK(!normalise_base_url(bad));
  }
}

TEST_CASE("head: the page gets absolute addresses only when it knows its own") {
  const std::string page = "<head>\n<!-- avae:head -->\n</head>";
  const auto with = insert_head(page, {"Fashion AVAE", "https://example.org/", "preview-1.png"});
  REQUIRE(with);
  CHECK(with->find("<link rel=\"canonical\" href=\"https://example.org/\">") != std::string::npos);
  CHECK(with->find("<meta property=\"og:image\" content=\"https://example.org/preview-1.png\">") != std::string::npos);
  CHECK(with->find("avae:head") == std::string::npos);
  const auto without = insert_head(page, {"A <b>\"&", "", "preview-1.png"});
  REQUIRE(without);
  CHECK(without->find("canonical") == std::string::npos);
  CHECK(without->find("A &lt;b&gt;&quot;&amp; · AVAE") != std::string::npos);
}

TEST_CASE("head: a page without the one marked place is refused") {
  CHECK(!insert_head("<head></head>", {}));
  CHECK(!insert_head("<!-- avae:head --><!-- avae:head -->", {}));
}

TEST_CASE("publish: titles read well") {
  CHECK(title_of("fashion-avae") == "Fashion AVAE");
  CHECK(title_of("mnist") == "MNIST");
  CHECK(title_of("my-2-cats") == "My 2 Cats");
  CHECK(title_of("--") == "--");
}
