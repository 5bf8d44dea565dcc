#include "shared/latent/link.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

using namespace avae;

namespace {

using Bytes = std::vector<std::uint8_t>;

LinkState one_sample(int latent_size = 32, int classes = 10) {
  LinkState state;
  state.model = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
  state.sample = {random_latent(5, latent_size), one_class(classes, classes - 1)};
  return state;
}

LinkState with_morph(std::size_t count, int latent_size = 32, int classes = 10) {
  LinkState state = one_sample(latent_size, classes);
  state.view = View::kMorph;
  for (std::size_t i = 0; i < count; ++i) {
    state.morph.push_back(
        {random_latent(100 + i, latent_size), one_class(classes, static_cast<int>(i) % std::max(classes, 1))});
  }
  state.morph_speed = 100;
  state.morph_loop = false;
  state.morph_position = 0xabcd;
  return state;
}

// The link's bytes without the CRC.
Bytes body_of(const LinkState& state) {
  Bytes bytes = *base64url_decode(encode_link(state));
  bytes.resize(bytes.size() - 4);
  return bytes;
}

std::string sealed(Bytes bytes) {
  const std::uint32_t crc = crc32(bytes);
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(crc >> shift));
  return base64url_encode(bytes);
}

Bytes section(std::uint8_t tag, const Bytes& body) {
  Bytes out = {tag, static_cast<std::uint8_t>(body.size())};
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

// Version 1 and these sections, with a CRC that fits.
std::string link_of(std::initializer_list<Bytes> sections) {
  Bytes bytes = {1};
  for (const Bytes& s : sections) bytes.insert(bytes.end(), s.begin(), s.end());
  return sealed(bytes);
}

const Bytes kModel = section(1, {1, 2, 3, 4, 5, 6, 7, 8});
const Bytes kMix = section(3, {1, 2, 255});      // class 2 of 3
const Bytes kLatent = section(4, {1, 0xff, 2});  // Z = 3

Bytes morph(Bytes head, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) head.insert(head.end(), {1, 0, 255, 9, 8, 7});
  return section(5, head);
}

}  // namespace

TEST_CASE("link: every state comes back as it went") {
  std::vector<LinkState> states = {one_sample(),   one_sample(1, 0),     one_sample(256, 256), with_morph(2),
                                   with_morph(16), with_morph(16, 8, 0), with_morph(3, 256, 2)};
  for (const View view : {View::kShape, View::kMap, View::kMorph, View::kDraw, View::kCompare}) {
    states.push_back(one_sample());
    states.back().view = view;
  }
  states.push_back(one_sample());
  states.back().sample.mix = {1, 0, 2, 255, 0, 0, 0, 0, 0, 77};
  for (const LinkState& state : states) {
    const std::string text = encode_link(state);
    const int latent_size = static_cast<int>(state.sample.latent.size());
    const int classes = static_cast<int>(state.sample.mix.size());
    const auto back = decode_link(text, latent_size, classes);
    INFO(text << (back ? "" : back.error().text()));
    REQUIRE(back);
    CHECK(*back == state);
    CHECK(*decode_link("#" + text, latent_size, classes) == state);
    CHECK(*link_model(text) == state.model);
    CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
          std::string::npos);
  }
}

TEST_CASE("link: lengths keep their promises") {
  CHECK(encode_link(one_sample()).size() == 72);
  LinkState mixed = one_sample();
  mixed.sample.mix.assign(10, 200);
  mixed.view = View::kCompare;
  CHECK(encode_link(mixed).size() <= 256);
  LinkState longest = with_morph(16, 256, 256);
  longest.sample.mix.assign(256, 1);
  longest.sample.encoded = true;
  for (Keyframe& keyframe : longest.morph) keyframe.mix.assign(256, 255);
  const std::string text = encode_link(longest);
  CHECK(text.size() <= kMaxLinkChars);
  REQUIRE(decode_link(text, 256, 256));
  CHECK(*decode_link(text, 256, 256) == longest);
}

TEST_CASE("link: golden links decode for ever, and are what we write") {
  std::ifstream file(AVAE_GOLDEN_DIR "/links.json");
  const auto golden = nlohmann::json::parse(file);
  CHECK(golden["links"].size() >= 11);
  const std::vector<std::string> views = {"shape", "map", "morph", "draw", "compare"};
  for (const auto& row : golden["links"]) {
    INFO(row["name"]);
    LinkState state;
    const std::string text = row["link"];
    state.sample = {row["latent"].get<Latent>(), row["mix"].get<ClassMix>()};
    state.view =
        static_cast<View>(std::find(views.begin(), views.end(), row["view"].get<std::string>()) - views.begin());
    for (const auto& keyframe : row["morph"]) {
      state.morph.push_back({keyframe["latent"].get<Latent>(), keyframe["mix"].get<ClassMix>()});
    }
    if (row.contains("encoded")) {
      state.sample.encoded = row["encoded"][0];
      for (std::size_t i = 0; i < state.morph.size(); ++i) state.morph[i].encoded = row["encoded"][i + 1];
    }
    state.morph_speed = row["morph_speed"];
    state.morph_loop = row["morph_loop"];
    state.morph_position = row["morph_position"];
    const auto model = link_model(text);
    REQUIRE(model);
    CHECK(hex(*model) == row["model"].get<std::string>());
    state.model = *model;
    const auto decoded =
        decode_link(text, static_cast<int>(state.sample.latent.size()), static_cast<int>(state.sample.mix.size()));
    REQUIRE(decoded);
    CHECK(*decoded == state);
    CHECK(decoded->sample.encoded == state.sample.encoded);
    for (std::size_t i = 0; i < state.morph.size(); ++i) CHECK(decoded->morph[i].encoded == state.morph[i].encoded);
    if (row["name"].get<std::string>() != "an optional section of the future") CHECK(encode_link(state) == text);
  }
}

TEST_CASE("link: optional sections that nobody knows yet are skipped") {
  const std::string text = link_of({kModel, kMix, kLatent, section(200, {}), section(255, {1, 2, 3})});
  const auto state = decode_link(text, 3, 3);
  REQUIRE(state);
  CHECK(state->sample.latent == Latent{1, -1, 2});
  CHECK(state->sample.mix == ClassMix{0, 0, 255});
}

TEST_CASE("link: refuses malformed links and names the fault") {
  const std::string good = link_of({kModel, kMix, kLatent});
  REQUIRE(decode_link(good, 3, 3));
  const Bytes plain = *base64url_decode(good);
  const auto changed = [&](std::size_t at, std::uint8_t value) {
    Bytes bytes = plain;
    bytes[at] = value;
    return base64url_encode(bytes);
  };
  const auto cut = [&](std::size_t count) { return base64url_encode(std::span(plain).first(plain.size() - count)); };
  const Bytes head = {10, 1, 0, 0, 2};
  struct Case {
    const char* what;
    std::string text;
    const char* fragment;
    bool about_model = false;  // link_model() must refuse it too
  };
  const Case cases[] = {
      {"nothing", "", "empty", true},
      {"a lone hash", "#", "empty", true},
      {"two hashes", "##" + good, "not base64url", true},
      {"one character", "A", "impossible length", true},
      {"text", "hello world!", "not base64url", true},
      {"padding", good + "=", "not base64url", true},
      {"another site's fragment", "section-2", "impossible length", true},
      {"stray bits", "AR", "stray bits", true},
      {"an origin of two bytes", link_of({kModel, kMix, kLatent, section(128, {1, 0})}), "section 128 has the wrong"},
      {"an origin of 2", link_of({kModel, kMix, kLatent, section(128, {2})}), "mean nothing"},
      {"far too long", std::string(kMaxLinkChars + 1, 'A'), "too long", true},
      {"version 0", changed(0, 0), "version 0 is unknown", true},
      {"version 2", changed(0, 2), "version 2 is unknown", true},
      {"only a version", base64url_encode(Bytes{1}), "truncated", true},
      {"only a version and half a CRC", base64url_encode(Bytes{1, 2, 3}), "truncated", true},
      {"a byte less", cut(1), "bad CRC", true},
      {"half of it", cut(plain.size() / 2), "bad CRC", true},
      {"a changed model", changed(5, 99), "bad CRC", true},
      {"a changed CRC", changed(plain.size() - 1, static_cast<std::uint8_t>(plain.back() ^ 1)), "bad CRC", true},
      {"no sections", sealed({1}), "no model", true},
      {"no model", link_of({kMix, kLatent}), "no model", true},
      {"a short model", link_of({section(1, {1, 2, 3}), kMix, kLatent}), "model section has the wrong length", true},
      {"a long model", link_of({section(1, Bytes(9)), kMix, kLatent}), "model section has the wrong length", true},
      {"a tag without a length", link_of({kModel, {3}}), "section 3 has the wrong length", true},
      {"a length beyond the end", link_of({kModel, {3, 200, 1, 1}}), "section 3 has the wrong length", true},
      {"an overlong length", link_of({kModel, {3, 0x83, 0x00, 1, 2, 255}}), "section 3 has the wrong length", true},
      {"an endless length", link_of({kModel, {3, 0xff, 0xff, 0xff, 0xff}}), "section 3 has the wrong length", true},
      {"a section twice", link_of({kModel, kMix, kMix, kLatent}), "section 3 appears twice", true},
      {"an optional section twice", link_of({kModel, kMix, kLatent, section(130, {}), section(130, {})}),
       "section 130 appears twice", true},
      {"sections out of order", link_of({kModel, kLatent, kMix}), "section 3 is out of order", true},
      {"section 0", link_of({section(0, {}), kModel, kMix, kLatent}), "section 0", true},
      {"an unknown required section", link_of({kModel, kMix, kLatent, section(6, {1})}), "unknown section 6", true},
      {"the last required tag", link_of({kModel, kMix, kLatent, section(127, {})}), "unknown section 127", true},
      {"an empty view", link_of({kModel, section(2, {}), kMix, kLatent}), "view section has the wrong length"},
      {"two views", link_of({kModel, section(2, {0, 1}), kMix, kLatent}), "view section has the wrong length"},
      {"an unknown view", link_of({kModel, section(2, {5}), kMix, kLatent}), "view 5 is unknown"},
      {"no mix", link_of({kModel, kLatent}), "no class mix"},
      {"an empty mix", link_of({kModel, section(3, {0}), kLatent}), "class mix is empty"},
      {"a mix without a count", link_of({kModel, section(3, {}), kLatent}), "class mix has the wrong length"},
      {"half a mix", link_of({kModel, section(3, {2, 0, 9}), kLatent}), "class mix has the wrong length"},
      {"a mix too long", link_of({kModel, section(3, {1, 0, 9, 7}), kLatent}),
       "class mix section has the wrong length"},
      {"a class out of range", link_of({kModel, section(3, {1, 3, 255}), kLatent}), "class 3 is out of range"},
      {"a class twice", link_of({kModel, section(3, {2, 1, 9, 1, 9}), kLatent}), "class 1 appears twice"},
      {"classes out of order", link_of({kModel, section(3, {2, 1, 9, 0, 9}), kLatent}), "class 0 is out of order"},
      {"a class without weight", link_of({kModel, section(3, {1, 1, 0}), kLatent}), "class 1 has weight 0"},
      {"no latent", link_of({kModel, kMix}), "no latent"},
      {"an empty latent", link_of({kModel, kMix, section(4, {})}), "latent has 0 values, the model's 3"},
      {"a short latent", link_of({kModel, kMix, section(4, {1, 2})}), "latent has 2 values, the model's 3"},
      {"a long latent", link_of({kModel, kMix, section(4, {1, 2, 3, 4})}), "latent has 4 values, the model's 3"},
      {"a latent of -128", link_of({kModel, kMix, section(4, {1, 0x80, 3})}), "-128 is out of range"},
      {"an empty morph", link_of({kModel, kMix, kLatent, section(5, {})}), "morph section has the wrong length"},
      {"a morph's head cut", link_of({kModel, kMix, kLatent, section(5, {10, 1, 0})}),
       "morph section has the wrong length"},
      {"a morph of none", link_of({kModel, kMix, kLatent, morph({10, 1, 0, 0, 0}, 0)}), "morph of 0 keyframes"},
      {"a morph of one", link_of({kModel, kMix, kLatent, morph({10, 1, 0, 0, 1}, 1)}), "morph of 1 keyframes"},
      {"a morph of 17", link_of({kModel, kMix, kLatent, morph({10, 1, 0, 0, 17}, 17)}), "morph of 17 keyframes"},
      {"a keyframe missing", link_of({kModel, kMix, kLatent, morph(head, 1)}), "wrong length"},
      {"a keyframe too many", link_of({kModel, kMix, kLatent, morph(head, 3)}), "morph section has the wrong length"},
      {"a morph that stands still", link_of({kModel, kMix, kLatent, morph({0, 1, 0, 0, 2}, 2)}), "speed of 0"},
      {"a morph too fast", link_of({kModel, kMix, kLatent, morph({101, 1, 0, 0, 2}, 2)}), "speed of 101"},
      {"unknown flags", link_of({kModel, kMix, kLatent, morph({10, 2, 0, 0, 2}, 2)}), "unknown morph flags 2"},
      {"a keyframe of -128",
       link_of({kModel, kMix, kLatent, section(5, {10, 1, 0, 0, 2, 1, 0, 255, 0x80, 8, 7, 1, 0, 255, 9, 8, 7})}),
       "-128 is out of range"},
      {"a keyframe of another class",
       link_of({kModel, kMix, kLatent, section(5, {10, 1, 0, 0, 2, 1, 7, 255, 9, 8, 7, 1, 0, 255, 9, 8, 7})}),
       "class 7 is out of range"},
  };
  for (const Case& c : cases) {
    const auto state = decode_link(c.text, 3, 3);
    INFO(c.what << " -> " << (state ? "accepted" : state.error().text()));
    CHECK_FALSE(state);
    if (!state) {
      CHECK(state.error().message.find(c.fragment) != std::string::npos);
      CHECK(state.error().message.starts_with("link: "));
    }
    CHECK(link_model(c.text).has_value() == !c.about_model);
  }
}

TEST_CASE("link: one for another model is refused by size and classes") {
  const std::string text = encode_link(one_sample(32, 10));
  CHECK_FALSE(decode_link(text, 16, 10));
  CHECK_FALSE(decode_link(text, 32, 9));
  CHECK_FALSE(decode_link(text, 32, 0));
  CHECK(decode_link(text, 32, 11)->sample.mix.size() == 11);
  CHECK_FALSE(decode_link(encode_link(one_sample(32, 0)), 32, 10));
}

TEST_CASE("link: any single changed, lost or swapped character is noticed") {
  const std::string good = encode_link(with_morph(2));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = good[i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(decode_link(changed, 32, 10));
    CHECK_FALSE(decode_link(std::string(good).erase(i, 1), 32, 10));
    if (i > 0 && good[i] != good[i - 1]) {
      std::string swapped = good;
      std::swap(swapped[i], swapped[i - 1]);
      CHECK_FALSE(decode_link(swapped, 32, 10));
    }
  }
}

TEST_CASE("link: random damage never crashes, and what is accepted is stable") {
  RandomBits random(2);
  int accepted = 0, refused = 0;
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes = body_of(round % 2 ? with_morph(2, 4, 3) : one_sample(4, 3));
    for (std::uint32_t edit = 0; edit <= random.below(2); ++edit) {
      if (bytes.empty()) break;
      const auto at = random.below(static_cast<std::uint32_t>(bytes.size()));
      const auto byte = static_cast<std::uint8_t>(random.below(4) ? random.below(8) : random.below(256));
      switch (random.below(4)) {
        case 0:
          bytes.resize(at);
          break;
        case 1:
          bytes.insert(bytes.begin() + at, byte);
          break;
        default:
          bytes[at] = byte;
      }
    }
    const std::string text = sealed(bytes);
    const auto state = decode_link(text, 4, 3);
    if (state) {
      ++accepted;
      REQUIRE(*decode_link(encode_link(*state), 4, 3) == *state);
      REQUIRE(*link_model(text) == state->model);
    } else {
      ++refused;
      REQUIRE_FALSE(state.error().message.empty());
    }
  }
  CHECK(accepted > 1000);
  CHECK(refused > 1000);
}
