#include <catch2/catch_test_macros.hpp>

#include "native/data/image.hpp"
#include "program.hpp"
#include "shared/infer/network.hpp"
#include "shared/latent/link.hpp"

using namespace avae;
using namespace avae::test;

namespace {

LinkState state_of(const Bytes& decoder) {
  LinkState state;
  state.model = model_id(decoder);
  state.sample.latent = random_latent(3, 4);
  state.sample.mix = {200, 55};
  return state;
}

Outcome open(const std::string& link, const fs::path& model, const fs::path& out) {
  return avae_program({"open", link, "--model", model.string(), "--out", out.string()});
}

}  // namespace

TEST_CASE("open: draws the pixels of the link at one to one") {
  const TempFolder folder;
  const ModelSpec spec = tiny_spec();
  const LinkState state = state_of(put_model(folder / "m", spec));
  const std::string link = encode_link(state);
  Bytes expected(8 * 12);
  auto network = Network::create(read_role(folder / "m/decoder.safetensors", Role::kDecoder)->weights).value();
  REQUIRE(decode_pixels(network, state.sample.latent, state.sample.mix, expected));
  for (const std::string& text : {link, "#" + link, "https://example.org/clothes/?embed=1#" + link}) {
    const Outcome outcome = open(text, folder / "m", folder / "o.png");
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const auto image = read_image(folder / "o.png");
    REQUIRE(image);
    CHECK(image->pixels == expected);
    fs::remove(folder / "o.png");
  }
}

TEST_CASE("open: finds the model of the link among several") {
  const TempFolder folder;
  put_model(folder / "a", tiny_spec(), 1);
  const std::string link = encode_link(state_of(put_model(folder / "b", tiny_spec(), 2)));
  const std::string a = (folder / "a").string(), b = (folder / "b").string();
  CHECK(avae_program({"open", link, "--model", a, "--model", b, "--out", (folder / "o.png").string()}).code == 0);
}

TEST_CASE("open: a site's decoder that has changed is refused") {
  const TempFolder folder;
  const Bytes decoder = put_model(folder / "m", tiny_spec(), 1);
  const std::string link = encode_link(state_of(decoder));
  put(folder / "template/index.html", "<head>\n<!-- avae:head -->\n</head>");
  const fs::path site = folder / "site";
  REQUIRE(avae_program({"publish", "--model", (folder / "m").string(), "--template", (folder / "template").string(),
                        "--out", site.string()})
              .code == 0);
  REQUIRE(open(link, site, folder / "o.png").code == 0);
  fs::remove(folder / "o.png");
  const std::string published = "models/" + hex(model_id(decoder)) + ".decoder.safetensors";
  put(site / published, put_model(folder / "other", tiny_spec(), 2));
  const Outcome outcome = open(link, site, folder / "o.png");
  INFO(outcome.err);
  CHECK(outcome.code == 1);
  CHECK(outcome.err.find("has changed since it was published") != std::string::npos);
  CHECK(!fs::exists(folder / "o.png"));
}

TEST_CASE("open: a link that cannot be drawn exits 1 with one line and draws nothing") {
  const TempFolder folder;
  const Bytes decoder = put_model(folder / "m", tiny_spec(), 1);
  put_model(folder / "other", tiny_spec("another"), 2);
  const std::string link = encode_link(state_of(decoder));
  std::string corrupt = link;
  corrupt[link.size() / 2] = corrupt[link.size() / 2] == 'A' ? 'B' : 'A';
  LinkState longer = state_of(decoder);
  longer.sample.latent.resize(5);
  LinkState third = state_of(decoder);
  third.sample.mix = {0, 0, 255};
  const struct {
    std::string link;
    const char* model;
    const char* message;
  } table[] = {
      {link, "other", "the link is for another model, "},
      {link, "missing", "no model at"},
      {"", "m", "link"},
      {corrupt, "m", "link"},
      {link.substr(0, link.size() - 4), "m", "link"},
      {"not a link", "m", "link"},
      {encode_link(longer), "m", "link"},
      {encode_link(third), "m", "link"},
      {"https://example.org/clothes/", "m", "the address has no link in it"},
  };
  for (const auto& bad : table) {
    const Outcome outcome = open(bad.link, folder / bad.model, folder / "o.png");
    INFO(outcome.err);
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find(bad.message) != std::string::npos);
    CHECK(is_one_line(outcome.err));
  }
  CHECK(!fs::exists(folder / "o.png"));
  CHECK(open(link, folder / "m", folder / "m/decoder.safetensors/o.png").code == 1);
}
