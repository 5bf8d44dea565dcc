#include "shared/model/spec.hpp"

#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "tests/unit/model/examples.hpp"

using namespace avae;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("spec: is one line of JSON with keys in the order of the struct") {
  CHECK(
      to_json(test::small_spec()) ==
      R"({"version":2,"name":"small","modality":"image","objective":"avae","height":8,"width":8,"channels":1,)"
      R"("latent":4,"switches":1,"classes":2,"class_names":["zero","one"],"prior":"class-gaussian","stage_widths":[8,8],)"
      R"("stage_blocks":[1,0],"discriminator_widths":[16,8]})");
}

TEST_CASE("spec: comes back from JSON as it went") {
  ModelSpec colour;
  colour.name = "colour-64";
  colour.objective = "gan";
  colour.height = 64;
  colour.width = 96;
  colour.channels = 3;
  colour.classes = 3;
  colour.class_names = {"\xc3\x84pfel \"quoted\" \\", "\xf0\x9f\x91\x9f", std::string(40, 'x')};
  for (const ModelSpec& spec : {ModelSpec{}, colour, test::small_spec(), test::seed_spec()}) {
    const auto back = parse_spec(to_json(spec));
    INFO(to_json(spec));
    REQUIRE(back);
    CHECK(*back == spec);
  }
}

TEST_CASE("spec: reads keys in any order and with spaces") {
  const auto spec = parse_spec(
      R"({ "stage_widths": [], "stage_blocks": [], "discriminator_widths": [], "prior": "standard", "class_names": [],
           "classes": 0, "switches": 0, "latent": 2, "channels": 1, "width": 28, "height": 28, "objective": "seed",
           "modality": "image", "name": "seed", "version": 2 })");
  REQUIRE(spec);
  CHECK(*spec == test::seed_spec());
}

TEST_CASE("spec: version 1 knew no switches") {
  ModelSpec first = test::small_spec();
  first.version = 1;
  first.switches = 0;
  const std::string json = to_json(first);
  CHECK(json.find("switches") == std::string::npos);
  const auto back = parse_spec(json);
  REQUIRE(back);
  CHECK(*back == first);
  CHECK(back->code() == 4);
  CHECK_FALSE(parse_spec(replaced(json, "\"classes\"", "\"switches\":0,\"classes\"")));
}

TEST_CASE("spec: refuses malformed JSON and names the fault") {
  const std::string good = to_json(test::small_spec());
  struct Case {
    std::string json, fragment;
  };
  const Case cases[] = {
      {"", "malformed"},
      {good.substr(0, good.size() - 1), "malformed"},
      {good + good, "malformed"},
      {"[]", "not an object"},
      {"7", "not an object"},
      {replaced(good, "\"latent\":4", "\"latent\":4,\"latent\":4"), "\"latent\" twice"},
      {replaced(good, "\"latent\":4", "\"latent\":4,\"heads\":8"), "unknown key \"heads\""},
      {replaced(good, "\"latent\":4,", ""), "missing key \"latent\""},
      {replaced(good, ",\"discriminator_widths\":[16,8]", ""), "missing key \"discriminator_widths\""},
      {replaced(good, "\"version\":2,", ""), "missing key \"version\""},
      {replaced(good, "\"latent\":4", "\"latent\":\"4\""), "\"latent\" is not an integer"},
      {replaced(good, "\"latent\":4", "\"latent\":4.0"), "\"latent\" is not an integer"},
      {replaced(good, "\"latent\":4", "\"latent\":4294967300"), "\"latent\" is out of range"},
      {replaced(good, "\"name\":\"small\"", "\"name\":null"), "\"name\" is not a string"},
      {replaced(good, "[8,8]", "8"), "\"stage_widths\" is not an array"},
      {replaced(good, "[8,8]", "[8,\"8\"]"), "\"stage_widths\" is not an integer"},
      {replaced(good, "[8,8]", "[[[[8]]]]"), "deeper than 4"},
      {replaced(good, "\"zero\"", "0"), "\"class_names\" is not a string"},
      {replaced(good, "class-gaussian", "flow"), "prior is \"flow\""},
      {replaced(good, "\"version\":2", "\"version\":3"), "made by a newer avae"},
      {replaced(good, "\"version\":2", "\"version\":0"), "version is 0"},
      {replaced(good, "small", std::string(70000, 'a')), "longer than 65536"},
  };
  for (const Case& c : cases) {
    const auto spec = parse_spec(c.json);
    INFO(c.json.substr(0, 300) << " -> " << (spec ? "accepted" : spec.error().text()));
    REQUIRE_FALSE(spec);
    CHECK(spec.error().message.find(c.fragment) != std::string::npos);
    CHECK(spec.error().message.starts_with("model spec: "));
  }
}

TEST_CASE("spec: says that a newer version is newer, whatever keys it has") {
  const auto spec = parse_spec(R"({"version":3,"modality":"video","frames":16})");
  REQUIRE_FALSE(spec);
  CHECK(spec.error().message == "model spec: version 3 was made by a newer avae");
}

TEST_CASE("spec: validate refuses every value out of range and names the field") {
  struct Case {
    std::string fragment;
    std::function<void(ModelSpec&)> spoil;
  };
  const Case cases[] = {
      {"version", [](ModelSpec& s) { s.version = 3; }},
      {"name is \"\"", [](ModelSpec& s) { s.name = ""; }},
      {"name is \"Small\"", [](ModelSpec& s) { s.name = "Small"; }},
      {"name is \"../x\"", [](ModelSpec& s) { s.name = "../x"; }},
      {"name", [](ModelSpec& s) { s.name = std::string(41, 'a'); }},
      {"modality", [](ModelSpec& s) { s.modality = "audio"; }},
      {"objective", [](ModelSpec& s) { s.objective = "wgan"; }},
      {"height is 3", [](ModelSpec& s) { s.height = 3; }},
      {"height is 257", [](ModelSpec& s) { s.height = 257; }},
      {"height is 9", [](ModelSpec& s) { s.height = 9; }},
      {"width is -8", [](ModelSpec& s) { s.width = -8; }},
      {"width is 11", [](ModelSpec& s) { s.width = 11; }},
      {"channels is 2", [](ModelSpec& s) { s.channels = 2; }},
      {"latent is 0", [](ModelSpec& s) { s.latent = 0; }},
      {"latent is 257", [](ModelSpec& s) { s.latent = 257; }},
      {"switches is -1", [](ModelSpec& s) { s.switches = -1; }},
      {"switches is 5", [](ModelSpec& s) { s.latent = 32, s.switches = 5; }},
      {"switches is 4", [](ModelSpec& s) { s.switches = s.latent; }},
      {"switches is 1", [](ModelSpec& s) { s.prior = Prior::kStandard; }},
      {"switches is 1", [](ModelSpec& s) { s.version = 1; }},
      {"classes is 1", [](ModelSpec& s) { s.classes = 1; }},
      {"classes is -1", [](ModelSpec& s) { s.classes = -1; }},
      {"classes is 257", [](ModelSpec& s) { s.classes = 257; }},
      {"class_names has 1 entries", [](ModelSpec& s) { s.class_names.pop_back(); }},
      {"class_names has \"\"", [](ModelSpec& s) { s.class_names[0] = ""; }},
      {"class_names", [](ModelSpec& s) { s.class_names[1] = std::string(41, 'x'); }},
      {"class_names", [](ModelSpec& s) { s.class_names[1] = "a\nb"; }},
      {"class_names", [](ModelSpec& s) { s.class_names[1] = "\xff"; }},
      {"prior", [](ModelSpec& s) { s.prior = static_cast<Prior>(7); }},
      {"stage_widths has 12", [](ModelSpec& s) { s.stage_widths[0] = 12; }},
      {"stage_widths has 0", [](ModelSpec& s) { s.stage_widths[1] = 0; }},
      {"stage_widths has 520", [](ModelSpec& s) { s.stage_widths[1] = 520; }},
      {"stage_widths has 8 entries", [](ModelSpec& s) { s.stage_widths.assign(8, 8); }},
      {"stage_blocks has 1 entries", [](ModelSpec& s) { s.stage_blocks.pop_back(); }},
      {"stage_blocks is 9", [](ModelSpec& s) { s.stage_blocks[0] = 9; }},
      {"stage_blocks is -1", [](ModelSpec& s) { s.stage_blocks[0] = -1; }},
      {"discriminator_widths has 3 entries", [](ModelSpec& s) { s.discriminator_widths.push_back(8); }},
      {"discriminator_widths has 4", [](ModelSpec& s) { s.discriminator_widths[0] = 4; }},
      {"would hold", [](ModelSpec& s) { s.height = s.width = 256, s.stage_widths[1] = 512; }},
      {"stage_blocks has 2 entries", [](ModelSpec& s) { s.stage_widths.clear(); }},
  };
  REQUIRE(validate(test::small_spec()));
  for (const Case& c : cases) {
    ModelSpec spec = test::small_spec();
    c.spoil(spec);
    const auto ok = validate(spec);
    INFO(c.fragment << " -> " << (ok ? "accepted" : ok.error().text()));
    REQUIRE_FALSE(ok);
    CHECK(ok.error().message.find(c.fragment) != std::string::npos);
    CHECK_FALSE(ok.error().hint.empty());
  }
}

TEST_CASE("spec: validate accepts the ends of every range") {
  ModelSpec wide = test::small_spec();
  wide.height = 4;
  wide.width = 256;
  wide.latent = 256;
  wide.switches = 4;
  wide.classes = 256;
  wide.class_names.clear();
  CHECK(validate(wide));
  ModelSpec deep = test::small_spec();
  deep.height = deep.width = 64;
  deep.latent = 1;
  deep.switches = 0;
  deep.classes = 0;
  deep.class_names.clear();
  deep.stage_widths.assign(7, 8);
  deep.stage_blocks.assign(7, 8);
  deep.discriminator_widths.assign(7, 512);
  CHECK(validate(deep));
}
