#include "shared/latent/link.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace avae {
namespace {

using Bytes = std::span<const std::uint8_t>;

enum Tag : std::uint8_t {
  kModel = 1,
  kView = 2,
  kMix = 3,
  kLatent = 4,
  kMorph = 5,
  kEncoded = 128,
  kFirstOptional = 128
};

constexpr std::size_t kCrcBytes = 4;
constexpr std::uint8_t kLoopFlag = 1;
constexpr std::array<std::string_view, 5> kViewNames = {"shape", "map", "morph", "draw", "compare"};

tl::unexpected<Error> bad(std::string what, std::string hint = "copy the whole link again") {
  return fail("link: " + std::move(what), std::move(hint));
}

// ---- writing

void put_count(std::vector<std::uint8_t>& out, std::size_t count) {
  for (; count >= 0x80; count >>= 7) out.push_back(static_cast<std::uint8_t>(count | 0x80));
  out.push_back(static_cast<std::uint8_t>(count));
}

void put_section(std::vector<std::uint8_t>& out, Tag tag, Bytes body) {
  out.push_back(tag);
  put_count(out, body.size());
  out.insert(out.end(), body.begin(), body.end());
}

void put_mix(std::vector<std::uint8_t>& out, const ClassMix& mix) {
  put_count(out, mix.size() - static_cast<std::size_t>(std::count(mix.begin(), mix.end(), 0)));
  for (std::size_t i = 0; i < mix.size(); ++i) {
    if (mix[i] == 0) continue;
    out.push_back(static_cast<std::uint8_t>(i));
    out.push_back(mix[i]);
  }
}

void put_latent(std::vector<std::uint8_t>& out, const Latent& latent) {
  for (const std::int8_t q : latent) out.push_back(static_cast<std::uint8_t>(q));
}

std::vector<std::uint8_t> morph_body(const LinkState& state) {
  std::vector<std::uint8_t> body = {state.morph_speed, state.morph_loop ? kLoopFlag : std::uint8_t{0},
                                    static_cast<std::uint8_t>(state.morph_position & 255),
                                    static_cast<std::uint8_t>(state.morph_position >> 8),
                                    static_cast<std::uint8_t>(state.morph.size())};
  for (const Keyframe& keyframe : state.morph) {
    put_mix(body, keyframe.mix);
    put_latent(body, keyframe.latent);
  }
  return body;
}

// Nothing when all of it was drawn.
std::vector<std::uint8_t> encoded_body(const LinkState& state) {
  std::vector<std::uint8_t> body = {static_cast<std::uint8_t>(state.sample.encoded)};
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < state.morph.size(); ++i) bits |= std::uint32_t{state.morph[i].encoded} << i;
  if (!state.morph.empty()) {
    body.push_back(static_cast<std::uint8_t>(bits & 255));
    body.push_back(static_cast<std::uint8_t>(bits >> 8));
  }
  if (!state.sample.encoded && bits == 0) body.clear();
  return body;
}

// ---- reading

// Takes bytes from the front. After a fault every read gives zeros and `ok` is false.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool done() const { return rest_.empty(); }
  Bytes take(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      return {};
    }
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  std::uint8_t byte() {
    const Bytes taken = take(1);
    return taken.empty() ? std::uint8_t{0} : taken[0];
  }
  // LEB128 in its shortest form, at most three bytes.
  std::size_t count() {
    std::size_t value = 0;
    for (int shift = 0; shift <= 14; shift += 7) {
      const std::uint8_t next = byte();
      value |= static_cast<std::size_t>(next & 0x7f) << shift;
      if (next < 0x80) {
        if (next == 0 && shift > 0) ok_ = false;
        return value;
      }
    }
    ok_ = false;
    return 0;
  }

 private:
  Bytes rest_;
  bool ok_ = true;
};

// The bodies of the known sections; `present` tells an empty body from none.
struct Sections {
  std::array<Bytes, kMorph + 1> body{};
  std::array<bool, kMorph + 1> present{};
  Bytes encoded;
};

Result<std::vector<std::uint8_t>> read_envelope(std::string_view text) {
  if (!text.empty() && text.front() == '#') text.remove_prefix(1);
  if (text.empty()) return bad("empty");
  if (text.size() > kMaxLinkChars) {
    return bad("too long: " + std::to_string(text.size()) + " characters, at most " + std::to_string(kMaxLinkChars));
  }
  auto bytes = base64url_decode(text);
  if (!bytes) return bad(bytes.error().text());
  if (bytes->empty()) return bad("truncated");
  if (bytes->front() != kLinkVersion) {
    return bad("version " + std::to_string(bytes->front()) + " is unknown", "open it with the site it was copied from");
  }
  if (bytes->size() < 1 + kCrcBytes) return bad("truncated");
  const std::size_t size = bytes->size() - kCrcBytes;
  std::uint32_t crc = 0;
  for (std::size_t i = 0; i < kCrcBytes; ++i) crc |= std::uint32_t{(*bytes)[size + i]} << (8 * i);
  if (crc != crc32(Bytes(*bytes).first(size))) return bad("truncated or altered (bad CRC)");
  bytes->resize(size);
  return bytes;
}

Result<Sections> read_sections(Bytes bytes) {
  Sections sections;
  Cursor cursor(bytes.subspan(1));
  int last = 0;
  while (!cursor.done()) {
    const int tag = cursor.byte();
    const std::size_t size = cursor.count();
    const Bytes body = cursor.take(size);
    const std::string who = "section " + std::to_string(tag);
    if (!cursor.ok()) return bad(who + " has the wrong length");
    if (tag == last) return bad(who + " appears twice");
    if (tag < last) return bad(who + " is out of order");
    last = tag;
    if (tag == kEncoded) sections.encoded = body;
    if (tag >= kFirstOptional) continue;
    if (tag < kModel || tag > kMorph) return bad("unknown " + who, "open it with the site it was copied from");
    sections.body[static_cast<std::size_t>(tag)] = body;
    sections.present[static_cast<std::size_t>(tag)] = true;
  }
  if (!sections.present[kModel]) return bad("no model");
  if (sections.body[kModel].size() != ModelId{}.size()) return bad("the model section has the wrong length");
  return sections;
}

ModelId model_of(const Sections& sections) {
  ModelId id{};
  std::copy(sections.body[kModel].begin(), sections.body[kModel].end(), id.begin());
  return id;
}

Result<View> read_view(const Sections& sections) {
  if (!sections.present[kView]) return View::kShape;
  if (sections.body[kView].size() != 1) return bad("the view section has the wrong length");
  const std::uint8_t view = sections.body[kView][0];
  if (view > static_cast<std::uint8_t>(View::kCompare)) return bad("view " + std::to_string(view) + " is unknown");
  return static_cast<View>(view);
}

Result<ClassMix> read_mix(Cursor& cursor, int classes) {
  ClassMix mix(static_cast<std::size_t>(classes), 0);
  const std::size_t count = cursor.count();
  int last = -1;
  for (std::size_t i = 0; i < count && cursor.ok(); ++i) {
    const int index = cursor.byte();
    const std::uint8_t weight = cursor.byte();
    if (!cursor.ok()) break;
    if (index >= classes) {
      return bad("class " + std::to_string(index) + " is out of range: the model has " + std::to_string(classes),
                 "it is for another model");
    }
    if (index == last) return bad("class " + std::to_string(index) + " appears twice");
    if (index < last) return bad("class " + std::to_string(index) + " is out of order");
    if (weight == 0) return bad("class " + std::to_string(index) + " has weight 0");
    mix[static_cast<std::size_t>(index)] = weight;
    last = index;
  }
  if (!cursor.ok()) return bad("a class mix has the wrong length");
  if (classes > 0 && last < 0) return bad("a class mix is empty");
  return mix;
}

Result<Latent> to_latent(Bytes bytes) {
  Latent latent;
  latent.reserve(bytes.size());
  for (const std::uint8_t byte : bytes) {
    if (byte == 0x80) return bad("a latent value of -128 is out of range");
    latent.push_back(static_cast<std::int8_t>(byte));
  }
  return latent;
}

Result<Keyframe> read_sample(const Sections& sections, int latent_size, int classes) {
  Keyframe sample;
  if (classes > 0 && !sections.present[kMix]) return bad("no class mix", "it is for another model");
  if (sections.present[kMix]) {
    Cursor cursor(sections.body[kMix]);
    auto mix = read_mix(cursor, classes);
    if (!mix) return tl::unexpected(mix.error());
    if (!cursor.done()) return bad("the class mix section has the wrong length");
    sample.mix = std::move(*mix);
  }
  if (!sections.present[kLatent]) return bad("no latent");
  const Bytes body = sections.body[kLatent];
  if (body.size() != static_cast<std::size_t>(latent_size)) {
    return bad("its latent has " + std::to_string(body.size()) + " values, the model's " + std::to_string(latent_size),
               "it is for another model");
  }
  auto latent = to_latent(body);
  if (!latent) return tl::unexpected(latent.error());
  sample.latent = std::move(*latent);
  return sample;
}

Result<Keyframe> read_keyframe(Cursor& cursor, int latent_size, int classes) {
  auto mix = read_mix(cursor, classes);
  if (!mix) return tl::unexpected(mix.error());
  const Bytes body = cursor.take(static_cast<std::size_t>(latent_size));
  if (!cursor.ok()) return bad("the morph section has the wrong length");
  auto latent = to_latent(body);
  if (!latent) return tl::unexpected(latent.error());
  return Keyframe{std::move(*latent), std::move(*mix)};
}

Result<void> read_morph(const Sections& sections, int latent_size, int classes, LinkState& state) {
  if (!sections.present[kMorph]) return {};
  Cursor cursor(sections.body[kMorph]);
  state.morph_speed = cursor.byte();
  const std::uint8_t flags = cursor.byte();
  const std::uint8_t low = cursor.byte();
  state.morph_position = static_cast<std::uint16_t>(low | cursor.byte() << 8);
  const std::size_t count = cursor.byte();
  if (!cursor.ok()) return bad("the morph section has the wrong length");
  if (state.morph_speed < 1 || state.morph_speed > kMaxMorphSpeed) {
    return bad("a morph speed of " + std::to_string(state.morph_speed) + " is out of range");
  }
  if (flags > kLoopFlag) return bad("unknown morph flags " + std::to_string(flags));
  state.morph_loop = flags == kLoopFlag;
  if (count < kMinMorph || count > kMaxMorph) {
    return bad("a morph of " + std::to_string(count) + " keyframes is out of range");
  }
  for (std::size_t i = 0; i < count; ++i) {
    auto keyframe = read_keyframe(cursor, latent_size, classes);
    if (!keyframe) return tl::unexpected(keyframe.error());
    state.morph.push_back(std::move(*keyframe));
  }
  if (!cursor.done()) return bad("the morph section has the wrong length");
  return {};
}

Result<void> read_encoded(const Sections& sections, LinkState& state) {
  const Bytes body = sections.encoded;
  if (body.empty()) return {};
  if (body.size() != (state.morph.empty() ? 1u : 3u)) return bad("section 128 has the wrong length");
  const int bits = state.morph.empty() ? 0 : body[1] | body[2] << 8;
  if (body[0] > 1 || bits >> state.morph.size() != 0) return bad("section 128 has bits that mean nothing");
  state.sample.encoded = body[0] == 1;
  for (std::size_t i = 0; i < state.morph.size(); ++i) state.morph[i].encoded = (bits >> i & 1) != 0;
  return {};
}

}  // namespace

std::string encode_link(const LinkState& state) {
  std::vector<std::uint8_t> out = {kLinkVersion};
  put_section(out, kModel, state.model);
  if (state.view != View::kShape) put_section(out, kView, std::array{static_cast<std::uint8_t>(state.view)});
  std::vector<std::uint8_t> body;
  if (!state.sample.mix.empty()) {
    put_mix(body, state.sample.mix);
    put_section(out, kMix, body);
    body.clear();
  }
  put_latent(body, state.sample.latent);
  put_section(out, kLatent, body);
  if (!state.morph.empty()) put_section(out, kMorph, morph_body(state));
  if (const auto encoded = encoded_body(state); !encoded.empty()) put_section(out, kEncoded, encoded);
  const std::uint32_t crc = crc32(out);
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(crc >> shift));
  return base64url_encode(out);
}

std::string_view view_name(View view) { return kViewNames[static_cast<std::size_t>(view)]; }

Result<View> parse_view(std::string_view name) {
  for (std::size_t i = 0; i < kViewNames.size(); ++i) {
    if (kViewNames[i] == name) return static_cast<View>(i);
  }
  return fail("no view is called " + std::string(name), "use shape, map, morph, draw or compare");
}

Result<LinkState> decode_link(std::string_view text, int latent_size, int classes) {
  const auto bytes = read_envelope(text);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto sections = read_sections(*bytes);
  if (!sections) return tl::unexpected(sections.error());

  LinkState state;
  state.model = model_of(*sections);
  const auto view = read_view(*sections);
  if (!view) return tl::unexpected(view.error());
  state.view = *view;
  auto sample = read_sample(*sections, latent_size, classes);
  if (!sample) return tl::unexpected(sample.error());
  state.sample = std::move(*sample);
  if (auto ok = read_morph(*sections, latent_size, classes, state); !ok) return tl::unexpected(ok.error());
  if (auto ok = read_encoded(*sections, state); !ok) return tl::unexpected(ok.error());
  return state;
}

Result<ModelId> link_model(std::string_view text) {
  const auto bytes = read_envelope(text);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto sections = read_sections(*bytes);
  if (!sections) return tl::unexpected(sections.error());
  return model_of(*sections);
}

}  // namespace avae
