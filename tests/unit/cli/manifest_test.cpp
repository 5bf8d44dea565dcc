#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <nlohmann/json.hpp>

#include "native/publish/manifest.hpp"
#include "program.hpp"

using namespace avae;
using namespace avae::test;
using Json = nlohmann::json;

namespace {

SiteModel example_model(const std::string& digit) {
  std::string hash;
  while (hash.size() < 64) hash += digit;
  SiteModel model{hash.substr(0, 16),
                  "tiny-avae",
                  "Tiny AVAE",
                  true,
                  tiny_spec(),
                  {"models/" + digit + ".decoder.safetensors", 10, hash},
                  {},
                  {},
                  {},
                  RealismScale{0.5f, -1.0f},
                  "AQEI"};
  model.encoder = SiteFile{"models/" + digit + ".encoder.safetensors", 11, hash};
  return model;
}

Manifest example() {
  Manifest manifest;
  manifest.models = {example_model("a"), example_model("b")};
  manifest.models[1].current = false;
  manifest.default_id = manifest.models[0].id;
  manifest.live = "live/live.json";
  manifest.base_url = "https://example.org/";
  manifest.files = {{"index.html", 3, std::string(64, '0')}, {"fonts/inter-1.woff2", 4, std::string(64, '1')}};
  return manifest;
}

Json example_json() { return Json::parse(to_json(example()), nullptr, false); }

}  // namespace

TEST_CASE("manifest: reads what it writes") {
  const auto manifest = parse_manifest(to_json(example()));
  REQUIRE(manifest);
  CHECK(to_json(*manifest) == to_json(example()));
  CHECK(manifest->models[0].encoder->bytes == 11);
  CHECK(!manifest->models[0].discriminator);
  CHECK(!manifest->models[1].current);
  CHECK(manifest->models[0].spec == tiny_spec());
  CHECK(manifest->models[0].realism->offset == -1.0f);
}

TEST_CASE("manifest: refuses malformed ones and names the fault") {
  const struct {
    const char* message;
    std::function<void(Json&)> spoil;
  } table[] = {
      {"it is not an object", [](Json& j) { j = Json::array(); }},
      {"version is missing", [](Json& j) { j.erase("version"); }},
      {"version is out of range", [](Json& j) { j["version"] = 0; }},
      {"version is not a whole number", [](Json& j) { j["version"] = "1"; }},
      {"was made by a newer avae (version 2)", [](Json& j) { j["version"] = 2; }},
      {"default is missing", [](Json& j) { j.erase("default"); }},
      {"which no model has", [](Json& j) { j["default"] = "0123456789abcdef"; }},
      {"live is not a path inside the site", [](Json& j) { j["live"] = "../live.json"; }},
      {"live is not text", [](Json& j) { j["live"] = 3; }},
      {"base_url is not text", [](Json& j) { j["base_url"] = Json::array(); }},
      {"models is missing", [](Json& j) { j.erase("models"); }},
      {"models is not a list", [](Json& j) { j["models"] = Json::object(); }},
      {"models is empty", [](Json& j) { j["models"] = Json::array(); }},
      {"models[0] is not an object", [](Json& j) { j["models"][0] = 1; }},
      {"models[0].realism.offset is missing", [](Json& j) { j["models"][0]["realism"].erase("offset"); }},
      {"models[0].realism.scale is not above 0", [](Json& j) { j["models"][0]["realism"]["scale"] = 0; }},
      {"models[0].opening is not text", [](Json& j) { j["models"][0]["opening"] = 1; }},
      {"models has the id aaaaaaaaaaaaaaaa twice", [](Json& j) { j["models"][1] = j["models"][0]; }},
      {"models[0].id is not 16 hex digits", [](Json& j) { j["models"][0]["id"] = "AAAAAAAAAAAAAAAA"; }},
      {"models[0].id is not the start of its decoder's sha256",
       [](Json& j) { j["models"][0]["id"] = "aaaaaaaaaaaaaaab"; }},
      {"models[0].title is missing", [](Json& j) { j["models"][0].erase("title"); }},
      {"models[1].current is not true or false", [](Json& j) { j["models"][1]["current"] = 1; }},
      {"models[0].spec is missing", [](Json& j) { j["models"][0].erase("spec"); }},
      {"models[0].spec is refused", [](Json& j) { j["models"][0]["spec"]["height"] = 3; }},
      {"models[0].spec is refused", [](Json& j) { j["models"][0]["spec"]["version"] = 99; }},
      {"models[0].decoder is missing", [](Json& j) { j["models"][0].erase("decoder"); }},
      {"models[0].decoder.path is not a path inside the site",
       [](Json& j) { j["models"][0]["decoder"]["path"] = "/etc/passwd"; }},
      {"models[0].decoder.path is not a path inside the site",
       [](Json& j) { j["models"][0]["decoder"]["path"] = "https://a.b/c"; }},
      {"models[0].decoder.sha256 is not 64 hex digits", [](Json& j) { j["models"][0]["decoder"]["sha256"] = "ab"; }},
      {"models[0].decoder.bytes is out of range", [](Json& j) { j["models"][0]["decoder"]["bytes"] = -1; }},
      {"models[0].decoder.gzip_bytes is out of range",
       [](Json& j) { j["models"][0]["decoder"]["gzip_bytes"] = 1 << 30; }},
      {"models[0].decoder.bytes is not a whole number", [](Json& j) { j["models"][0]["decoder"]["bytes"] = 1.5; }},
      {"models[0].encoder is not an object", [](Json& j) { j["models"][0]["encoder"] = "x"; }},
      {"models[0].encoder.path is missing", [](Json& j) { j["models"][0]["encoder"].erase("path"); }},
      {"files is missing", [](Json& j) { j.erase("files"); }},
      {"files[1].path is not a path inside the site", [](Json& j) { j["files"][1]["path"] = "a//b"; }},
      {"files has the path index.html twice", [](Json& j) { j["files"][1]["path"] = "index.html"; }},
  };
  for (const auto& bad : table) {
    Json json = example_json();
    bad.spoil(json);
    const auto manifest = parse_manifest(json.dump());
    INFO(bad.message);
    REQUIRE(!manifest);
    INFO(manifest.error().text());
    CHECK(manifest.error().message.find(bad.message) != std::string::npos);
    CHECK(manifest.error().message.starts_with("manifest.json"));
    CHECK(!manifest.error().hint.empty());
  }
}

TEST_CASE("manifest: refuses text that is not one JSON object") {
  const std::string good = to_json(example());
  for (const std::string& bad : {std::string(), std::string("{"), good.substr(0, good.size() / 2), good + "x",
                                 "\xff" + good, std::string(R"({"version":1,"version":1})"), std::string(100, '[')}) {
    CHECK(!parse_manifest(bad));
  }
}

TEST_CASE("manifest: paths stay inside the site") {
  for (const char* good : {"a", "a.b", "fonts/inter-1.woff2", "_a/b-c.d.e"}) CHECK(is_site_path(good));
  for (const char* bad :
       {"", "/a", "a/", "a//b", ".a", "a/.b", "..", "a/../b", "a b", "a?b", "a#b", "a\\b", "http://a", "ä"}) {
    INFO(bad);
    CHECK(!is_site_path(bad));
  }
}
