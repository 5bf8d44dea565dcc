#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "native/data/image.hpp"
#include "native/data/model_folder.hpp"
#include "program.hpp"
#include "shared/infer/network.hpp"
#include "shared/latent/atlas.hpp"
#include "shared/latent/link.hpp"
#include "shared/model/hash.hpp"

using namespace avae;
using namespace avae::test;
using Json = nlohmann::json;

namespace {

/// A site to publish, and what to publish it from.
struct Place {
  TempFolder folder;
  fs::path site = folder / "site";

  Place() {
    put(folder / "template/index.html", "<head>\n<!-- avae:head -->\n</head>");
    put(folder / "template/main-11111111.mjs", "import './core-22222222.mjs'");
    put(folder / "template/fonts/inter-1.woff2", "font");
    put(folder / "template/.nojekyll", "");
    put(folder / "template/preview.html",
        "{{head}}\n<h1>{{title}}</h1><a href=\"./#{{link}}\"><img src=\"{{card}}\"></a>");
    put(folder / "template/gallery.html", "<ul>{{items}}</ul>");
    put_model(folder / "a/model", tiny_spec("first-avae"), 1);
    put_role(folder / "b", tiny_spec("second-gan"), Role::kDecoder, 2);
  }

  Outcome publish(const std::vector<std::string>& models, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {
        "publish", "--out", site.string(), "--template", (folder / "template").string(), "--map-points", "8"};
    for (const auto& model : models) {
      arguments.push_back("--model");
      arguments.push_back((folder / model).string());
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return avae_program(arguments);
  }
  Json manifest() const { return Json::parse(text_of(site / "manifest.json"), nullptr, false); }
  /// Every file of the site with its content.
  std::map<std::string, std::string> content() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(site)) {
      if (entry.is_regular_file()) files[entry.path().lexically_relative(site).string()] = text_of(entry.path());
    }
    return files;
  }
};

/// A link of the tiny model in this file.
std::string link_to(const fs::path& decoder, int first) {
  const std::string bytes = text_of(decoder);
  LinkState state;
  state.model = model_id(Bytes(bytes.begin(), bytes.end()));
  state.sample = {Latent(4), {255, 0}};
  state.sample.latent[0] = static_cast<std::int8_t>(first);
  return encode_link(state);
}

std::string hash_of(const fs::path& path) {
  const std::string text = text_of(path);
  return hex(sha256(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())));
}

}  // namespace

TEST_CASE("publish: several models that share latents open with one picture, as each draws it nearest") {
  const Place place;
  REQUIRE(place.publish({"a", "b"}).code == 0);
  const Json models = place.manifest()["models"];
  const auto state_of = [&](std::size_t i) {
    const auto state = decode_link(models[i]["opening"].get<std::string>(), 4, 2);
    REQUIRE(state);
    CHECK(models[i]["id"] == hex(state->model));
    CHECK(state->view == View::kCompare);
    return *state;
  };
  const auto read_atlas_of = [&](const Json& model) {
    const std::string bytes = text_of(place.site / model["atlas"]["path"].get<std::string>());
    return *read_atlas(Bytes(bytes.begin(), bytes.end()), tiny_spec("first-avae"));
  };
  const Atlas atlas = read_atlas_of(models[0]);
  const LinkState first = state_of(0), second = state_of(1);
  CHECK(first.sample.latent == Latent(atlas.latents.begin(), atlas.latents.begin() + 4));
  CHECK(first.sample.mix == one_class(2, atlas.labels[0]));
  CHECK(second.sample.mix == first.sample.mix);
  const auto pixels_of = [&](const fs::path& decoder, const Keyframe& keyframe) {
    auto network = Network::create(read_role(decoder.string(), Role::kDecoder)->weights);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(network->spec().pixels()));
    REQUIRE(decode_pixels(*network, keyframe.latent, keyframe.mix, pixels));
    return pixels;
  };
  const auto target = pixels_of(place.folder / "a/model/decoder.safetensors", first.sample);
  const auto error_of = [&](const Latent& latent) {
    const auto pixels = pixels_of(place.folder / "b/decoder.safetensors", {latent, first.sample.mix});
    int sum = 0;
    for (std::size_t i = 0; i < pixels.size(); ++i) sum += (pixels[i] - target[i]) * (pixels[i] - target[i]);
    return sum;
  };
  const int least = error_of(second.sample.latent);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) CHECK(error_of(random_latent(seed, 4, 100, 1)) >= least);

  // Another point of the map; none that is not there; none where nothing is compared.
  REQUIRE(place.publish({"a", "b"}, {"--opening", "3"}).code == 0);
  const auto other = decode_link(place.manifest()["models"][0]["opening"].get<std::string>(), 4, 2);
  CHECK(other->sample.latent == Latent(atlas.latents.begin() + 12, atlas.latents.begin() + 16));
  const auto before = place.content();
  const Outcome refused = place.publish({"a", "b"}, {"--opening", "8"});
  CHECK(refused.code == 1);
  CHECK(refused.err.find("there is no picture 8 on the map of first-avae") != std::string::npos);
  CHECK(place.content() == before);
  REQUIRE(place.publish({"a"}).code == 0);
  CHECK_FALSE(place.manifest()["models"][0].contains("opening"));
}

TEST_CASE("publish: the manifest lists every file with its size and hash") {
  const Place place;
  const Outcome outcome =
      place.publish({"a", "b"}, {"--base-url", "https://example.org/x", "--live", "live/live.json"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json manifest = place.manifest();
  CHECK(manifest["version"] == 1);
  CHECK(manifest["base_url"] == "https://example.org/x/");
  CHECK(manifest["live"] == "live/live.json");
  REQUIRE(manifest["models"].size() == 2);
  const Json& first = manifest["models"][0];
  CHECK(manifest["default"] == first["id"]);
  CHECK(first["name"] == "first-avae");
  CHECK(first["title"] == "First AVAE");
  CHECK(first["current"] == true);
  CHECK(first["spec"]["latent"] == 4);
  CHECK(first["discriminator"]["bytes"] > 0);
  CHECK_FALSE(manifest["models"][1].contains("encoder"));

  std::set<std::string> listed = {"manifest.json", ".nojekyll"};
  const auto check = [&](const Json& file) {
    const fs::path path = place.site / file["path"].get<std::string>();
    CHECK(fs::file_size(path) == file["bytes"].get<std::size_t>());
    CHECK(hash_of(path) == file["sha256"].get<std::string>());
    listed.insert(file["path"].get<std::string>());
    if (file.contains("gzip_bytes")) {
      CHECK(fs::file_size(path.string() + ".gz") == file["gzip_bytes"].get<std::size_t>());
      listed.insert(file["path"].get<std::string>() + ".gz");
    }
  };
  for (const Json& file : manifest["files"]) check(file);
  for (const Json& model : manifest["models"]) {
    for (const char* role : {"decoder", "encoder", "discriminator", "atlas"}) {
      if (model.contains(role)) check(model[role]);
    }
  }
  std::set<std::string> there;
  for (const auto& [path, text] : place.content()) there.insert(path);
  CHECK(there == listed);
}

TEST_CASE("publish: wasm and weights that compress lie beside their plain files, and the page preloads them so") {
  const Place place;
  const std::string program = std::string(5000, 'w') + "asm";
  put(place.folder / "template/core-22222222.wasm", program);
  put(place.folder / "template/ui-22222222.wasm", "dense");
  put(place.folder / "template/index.html",
      "<!-- avae:head -->\n<link href=\"core-22222222.wasm\"><link href=\"ui-22222222.wasm\">");
  REQUIRE(place.publish({"a"}).code == 0);
  const std::string command = "gzip -dc " + shell_quoted((place.site / "core-22222222.wasm.gz").string()) + " > " +
                              shell_quoted((place.folder / "back").string());
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(text_of(place.folder / "back") == program);
  CHECK(text_of(place.site / "core-22222222.wasm") == program);
  CHECK_FALSE(fs::exists(place.site / "ui-22222222.wasm.gz"));
  const std::string html = text_of(place.site / "index.html");
  CHECK(html.find("href=\"core-22222222.wasm.gz\"") != std::string::npos);
  CHECK(html.find("href=\"ui-22222222.wasm\"") != std::string::npos);

  // A compressed file that went missing is left out for earlier models, and goes with the page's own.
  const Json before = place.manifest();
  const auto decoder = before["models"][0]["decoder"]["path"].get<std::string>();
  REQUIRE(before["models"][0]["decoder"].contains("gzip_bytes"));
  fs::remove(place.site / (decoder + ".gz"));
  fs::remove(place.folder / "template/core-22222222.wasm");
  REQUIRE(place.publish({"b"}).code == 0);
  CHECK_FALSE(place.manifest()["models"][1]["decoder"].contains("gzip_bytes"));
  CHECK(place.manifest()["models"][1]["encoder"] == before["models"][0]["encoder"]);
  CHECK_FALSE(fs::exists(place.site / "core-22222222.wasm.gz"));
}

TEST_CASE("publish: the preview card is drawn and named in the page") {
  const Place place;
  REQUIRE(place.publish({"a"}, {"--base-url", "https://example.org"}).code == 0);
  std::string card;
  const Json manifest = place.manifest();
  for (const Json& file : manifest["files"]) {
    if (file["path"].get<std::string>().starts_with("preview-")) card = file["path"].get<std::string>();
  }
  const auto image = read_image(place.site / card);
  REQUIRE(image);
  CHECK(image->width == 1200);
  CHECK(image->height == 630);
  CHECK(text_of(place.site / "index.html").find("content=\"https://example.org/" + card + "\"") != std::string::npos);
}

TEST_CASE("publish: earlier decoders stay for old links, stale files of the page go") {
  const Place place;
  REQUIRE(place.publish({"a"}).code == 0);
  const auto old_id = place.manifest()["default"].get<std::string>();
  fs::remove(place.folder / "template/main-11111111.mjs");
  put(place.folder / "template/main-33333333.mjs", "new");
  put(place.site / "CNAME", "example.org");
  REQUIRE(place.publish({"b"}).code == 0);
  const Json manifest = place.manifest();
  REQUIRE(manifest["models"].size() == 2);
  CHECK(manifest["default"] != old_id);
  CHECK(manifest["models"][1]["id"] == old_id);
  CHECK(manifest["models"][1]["current"] == false);
  CHECK(hash_of(place.site / manifest["models"][1]["decoder"]["path"].get<std::string>()).starts_with(old_id));
  CHECK(!fs::exists(place.site / "main-11111111.mjs"));
  CHECK(fs::exists(place.site / "main-33333333.mjs"));
  CHECK(fs::exists(place.site / "CNAME"));

  // Publishing it again makes it current again.
  REQUIRE(place.publish({"a"}).code == 0);
  CHECK(place.manifest()["models"].size() == 2);
  CHECK(place.manifest()["models"][0]["id"] == old_id);
  CHECK(place.manifest()["models"][0]["current"] == true);
}

TEST_CASE("publish: avae open draws links of current and earlier models from the site") {
  const Place place;
  REQUIRE(place.publish({"a"}).code == 0);
  REQUIRE(place.publish({"b"}).code == 0);
  for (const char* decoder : {"a/model/decoder.safetensors", "b/decoder.safetensors"}) {
    const Outcome outcome = avae_program({"open", link_to(place.folder / decoder, 0), "--model", place.site.string(),
                                          "--out", (place.folder / "o.png").string()});
    INFO(outcome.err);
    CHECK(outcome.code == 0);
  }
}

TEST_CASE("publish: a model of earlier is kept for its links, and not offered") {
  const Place place;
  const Outcome outcome = place.publish({"b"}, {"--earlier", (place.folder / "a").string()});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json models = place.manifest()["models"];
  REQUIRE(models.size() == 2);
  CHECK(models[1]["name"] == "first-avae");
  CHECK(models[1]["current"] == false);
  CHECK_FALSE(models[1].contains("encoder"));
  CHECK(avae_program({"open", link_to(place.folder / "a/model/decoder.safetensors", 5), "--model", place.site.string(),
                      "--out", (place.folder / "o.png").string()})
            .code == 0);
  CHECK(place.publish({"a"}, {"--earlier", (place.folder / "a").string()}).err.find("is given twice") !=
        std::string::npos);
}

TEST_CASE("publish: a model that the site keeps stays whole, named as earlier or not") {
  const Place place;
  REQUIRE(place.publish({"a"}).code == 0);
  REQUIRE(place.publish({"b"}, {"--earlier", (place.folder / "a").string()}).code == 0);
  const Json models = place.manifest()["models"];
  REQUIRE(models.size() == 2);
  CHECK(models[1]["name"] == "first-avae");
  CHECK(models[1]["current"] == false);
  CHECK(models[1].contains("encoder"));
}

TEST_CASE("publish: a gallery has a page and a card for each link") {
  const Place place;
  REQUIRE(place.publish({"b"}).code == 0);  // its decoder is kept below
  const std::string first = link_to(place.folder / "a/model/decoder.safetensors", 9);
  const std::string second = link_to(place.folder / "b/decoder.safetensors", 9);
  put(place.folder / "gallery.txt",
      "https://example.org/x/#" + first + "  Boots & <shoes>\r\n\n" + second + "\tA bag\n");
  const std::vector<std::string> more = {"--gallery", (place.folder / "gallery.txt").string(), "--base-url",
                                         "https://example.org/x"};
  const Outcome outcome = place.publish({"a"}, more);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const std::string gallery = text_of(place.site / "gallery.html");
  for (const auto& [link, title] : {std::pair(first, "Boots &amp; &lt;shoes&gt;"), std::pair(second, "A bag")}) {
    const std::string name = hex(sha256(std::span(reinterpret_cast<const std::uint8_t*>(link.data()), link.size())));
    const std::string page = "picture-" + name.substr(0, 8) + ".html", card = "cards/" + name.substr(0, 8) + ".png";
    const std::string html = text_of(place.site / page);
    CHECK(html.find("<h1>" + std::string(title) + "</h1><a href=\"./#" + link + "\">") != std::string::npos);
    CHECK(html.find("property=\"og:image\" content=\"https://example.org/x/" + card + "\"") != std::string::npos);
    CHECK(html.find("content=\"https://example.org/x/" + page + "\"") != std::string::npos);
    CHECK(gallery.find("<a href=\"" + page + "\"><img src=\"" + card + "\"") != std::string::npos);
    CHECK(gallery.find(title) != std::string::npos);
    const auto image = read_image(place.site / card);
    REQUIRE(image);
    CHECK(image->width == 1200);
    CHECK(image->height == 630);
  }
  CHECK(gallery.find("Boots") < gallery.find("A bag"));
  const Json manifest = place.manifest();
  for (const Json& file : manifest["files"]) {  // which every visitor fetches
    const auto path = file["path"].get<std::string>();
    CHECK_FALSE((path.starts_with("picture-") || path.starts_with("cards/")));
  }
  const auto before = place.content();
  REQUIRE(place.publish({"a"}, more).code == 0);
  CHECK(place.content() == before);

  // Without a gallery its pages go.
  REQUIRE(place.publish({"a"}).code == 0);
  for (const auto& [path, text] : place.content()) {
    INFO(path);
    CHECK_FALSE(path.starts_with("picture-"));
    CHECK_FALSE(path.starts_with("cards/"));
    CHECK(path != "gallery.html");
  }
}

TEST_CASE("publish: a line of a gallery that cannot be shown is named, and the site stays") {
  const Place place;
  REQUIRE(place.publish({"a"}).code == 0);
  const auto before = place.content();
  const std::string good = link_to(place.folder / "a/model/decoder.safetensors", 9);
  const std::string other = link_to(place.folder / "b/decoder.safetensors", 9);
  std::string forged = good;
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  const auto rows = std::vector<std::pair<std::string, std::string>>{
      {"\n" + good + "\n", "line 2 of the gallery has no title"},
      {good + " one\n" + good + " two", "line 2 of the gallery has a link for the second time"},
      {other + " one", "which the site does not have"},
      {forged + " one", "line 1 of the gallery: "},
      {"hello world", "line 1 of the gallery: "},
      {" \n\n", "the gallery has no links"}};
  for (const auto& [text, message] : rows) {
    put(place.folder / "gallery.txt", text);
    const Outcome outcome = place.publish({"a"}, {"--gallery", (place.folder / "gallery.txt").string()});
    INFO(outcome.err);
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find(message) != std::string::npos);
    CHECK(place.content() == before);
  }
  CHECK(place.publish({"a"}, {"--gallery", (place.folder / "none.txt").string()}).code == 1);
  CHECK(place.content() == before);
}

TEST_CASE("publish: publishing the same twice changes nothing") {
  const Place place;
  REQUIRE(place.publish({"a", "b"}).code == 0);
  const auto before = place.content();
  REQUIRE(place.publish({"a", "b"}).code == 0);
  CHECK(place.content() == before);
}

TEST_CASE("publish: a failure exits 1 with one line and leaves the site as it was") {
  const Place place;
  REQUIRE(place.publish({"a"}).code == 0);
  const auto before = place.content();
  ModelSpec other = tiny_spec();
  other.latent = 5;
  put_role(place.folder / "mixed", tiny_spec(), Role::kDecoder);
  put_role(place.folder / "mixed", other, Role::kEncoder);
  put_role(place.folder / "torn", tiny_spec(), Role::kDecoder);
  RoleWeights later = weights_of(tiny_spec(), Role::kEncoder, 1);
  later.metadata["avae.train"] = "{\"steps\":2}";
  put(place.folder / "torn/encoder.safetensors", write_model(later, DType::kF16).value());
  put(place.folder / "broken/decoder.safetensors", "hello");
  put(place.folder / "bare/index.html", "<head></head>");
  put(place.folder / "spaces/index.html", "<!-- avae:head -->");
  put(place.folder / "spaces/a b.mjs", "x");
  put(place.folder / "own/index.html", "<!-- avae:head -->");
  put(place.folder / "own/manifest.json", "{}");
  fs::create_directory(place.site / "taken.mjs");
  put(place.folder / "taken/index.html", "<!-- avae:head -->");
  put(place.folder / "taken/taken.mjs", "x");
  const auto with_template = [&](const char* name) {
    return avae_program({"publish", "--model", (place.folder / "b").string(), "--out", place.site.string(),
                         "--template", (place.folder / name).string()});
  };
  const std::string run = (place.folder / "run").string();
  fs::create_directories(place.folder / "run/checkpoints");
  const struct {
    Outcome outcome;
    const char* message;
  } table[] = {
      {avae_program({"publish", "--model", (place.folder / "b").string(), "--out", run}), "is the folder of a run"},
      {place.publish({"missing"}), "no model at"},
      {place.publish({"broken"}), "decoder.safetensors: "},
      {place.publish({"mixed"}), "is of another model"},
      {place.publish({"torn"}), "the encoder was exported at another step than the decoder"},
      {place.publish({"b", "b"}), "is given twice"},
      {place.publish({"b"}, {"--base-url", "example.org"}), "is not an http or https address"},
      {place.publish({"b"}, {"--live", "../live.json"}), "is not a path inside the site"},
      {with_template("none"), "no site template in"},
      {with_template("bare"), "does not have <!-- avae:head --> once"},
      {with_template("spaces"), "which no page can fetch"},
      {with_template("own"), "which publish writes"},
      {with_template("taken"), "a folder is in the way"},
  };
  for (const auto& bad : table) {
    INFO(bad.outcome.err);
    CHECK(bad.outcome.code == 1);
    CHECK(bad.outcome.err.find(bad.message) != std::string::npos);
    CHECK(is_one_line(bad.outcome.err));
    CHECK(place.content() == before);
  }
  CHECK(std::distance(fs::directory_iterator(run), fs::directory_iterator()) == 1);
}

TEST_CASE("publish: a damaged site is refused and left alone") {
  const auto refuses = [](const std::function<void(const Place&)>& damage, const std::string& message) {
    const Place place;
    REQUIRE(place.publish({"a"}).code == 0);
    damage(place);
    const auto before = place.content();
    const Outcome outcome = place.publish({"b"});
    INFO(outcome.err);
    CHECK(outcome.code == 1);
    CHECK(outcome.err.find(message) != std::string::npos);
    CHECK(is_one_line(outcome.err));
    CHECK(place.content() == before);
  };
  refuses([](const Place& p) { put(p.site / "manifest.json", "{"); }, "manifest.json is damaged, ");
  refuses([](const Place& p) { put(p.site / "manifest.json", ""); }, "manifest.json is damaged, ");
  refuses(
      [](const Place& p) {
        Json json = p.manifest();
        json["models"][0]["decoder"]["path"] = "../../secret";
        put(p.site / "manifest.json", json.dump());
      },
      "models[0].decoder.path is not a path inside the site");
  refuses(
      [](const Place& p) {
        Json json = p.manifest();
        json["version"] = 2;
        put(p.site / "manifest.json", json.dump());
      },
      "made by a newer avae");
  refuses([](const Place& p) { fs::remove(p.site / p.manifest()["models"][0]["decoder"]["path"].get<std::string>()); },
          "a model published earlier is gone");
  refuses(
      [](const Place& p) { put(p.site / p.manifest()["models"][0]["encoder"]["path"].get<std::string>(), "other"); },
      "a model published earlier has changed");
}

TEST_CASE("publish: a folder that is no site of ours, or no folder, is refused") {
  const Place place;
  put(place.site / "index.html", "someone's page");
  CHECK(place.publish({"a"}).err.find("has an index.html that avae did not publish") != std::string::npos);
  CHECK(text_of(place.site / "index.html") == "someone's page");
  fs::remove_all(place.site);
  put(place.site, "a file");
  const Outcome outcome = place.publish({"a"});
  CHECK(outcome.code == 1);
  CHECK(is_one_line(outcome.err));
  CHECK(text_of(place.site) == "a file");
}
