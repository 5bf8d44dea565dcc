#include "native/data/png_chunks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/model/hash.hpp"

namespace avae {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::array<std::uint8_t, 8> kSignature = {137, 80, 78, 71, 13, 10, 26, 10};
constexpr std::string_view kLinkStart("avae-link\0", 10);
constexpr std::size_t kMostLinkBytes = 65536;
constexpr std::size_t kHeadBytes = 13;
constexpr std::size_t kAroundData = 12;  // length and type before a chunk's data, checksum behind

struct Chunk {
  std::string_view type;
  std::span<const std::uint8_t> data;
};

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint32_t read_number(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

/// Appends `size` bytes, the most significant first.
void append_number(Bytes& bytes, std::uint32_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

Bytes numbers(std::initializer_list<std::pair<std::uint32_t, int>> sized) {
  Bytes out;
  for (const auto& [value, size] : sized) append_number(out, value, size);
  return out;
}

/// The chunks of a PNG file; they point into it.
Result<std::vector<Chunk>> read_chunks(std::span<const std::uint8_t> png) {
  if (png.size() < kSignature.size() || !std::equal(kSignature.begin(), kSignature.end(), png.begin()))
    return fail("it is not a PNG file", "choose another file");
  const auto cut_off = fail("the PNG file is cut off", "copy it again");
  std::vector<Chunk> chunks;
  for (auto rest = png.subspan(kSignature.size()); !rest.empty();) {
    if (rest.size() < kAroundData) return cut_off;
    const std::size_t size = read_number(rest);
    if (rest.size() - kAroundData < size) return cut_off;
    if (read_number(rest.subspan(8 + size)) != crc32(rest.subspan(4, 4 + size)))
      return fail("the PNG file is damaged", "copy it again");
    chunks.push_back({text_of(rest.subspan(4, 4)), rest.subspan(8, size)});
    rest = rest.subspan(kAroundData + size);
  }
  if (chunks.empty() || chunks.back().type != "IEND") return cut_off;
  if (chunks.front().type != "IHDR" || chunks.front().data.size() != kHeadBytes)
    return fail("the PNG file has no head", "choose another file");
  return chunks;
}

/// A PNG file as it is put together.
class Writer {
 public:
  Writer() : bytes_(kSignature.begin(), kSignature.end()) {}

  void chunk(std::string_view type, std::span<const std::uint8_t> data) {
    append_number(bytes_, static_cast<std::uint32_t>(data.size()), 4);
    const std::size_t from = bytes_.size();
    bytes_.insert(bytes_.end(), type.begin(), type.end());
    bytes_.insert(bytes_.end(), data.begin(), data.end());
    append_number(bytes_, crc32(std::span(bytes_).subspan(from)), 4);
  }
  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

bool holds_link(const Chunk& chunk) { return chunk.type == "tEXt" && text_of(chunk.data).starts_with(kLinkStart); }

}  // namespace

Result<Bytes> with_link(std::span<const std::uint8_t> png, std::string_view link) {
  const Result<std::vector<Chunk>> chunks = read_chunks(png);
  if (!chunks) return tl::unexpected<Error>(chunks.error());
  Bytes text(kLinkStart.begin(), kLinkStart.end());
  text.insert(text.end(), link.begin(), link.end());
  Writer out;
  for (const Chunk& chunk : *chunks) {
    if (!holds_link(chunk)) out.chunk(chunk.type, chunk.data);
    if (&chunk == &chunks->front()) out.chunk("tEXt", text);
  }
  return out.take();
}

std::optional<std::string> link_in(std::span<const std::uint8_t> bytes) {
  const Result<std::vector<Chunk>> chunks = read_chunks(bytes);
  if (!chunks) return std::nullopt;
  const auto found = std::find_if(chunks->begin(), chunks->end(), holds_link);
  if (found == chunks->end()) return std::nullopt;
  return std::string(text_of(found->data).substr(kLinkStart.size(), kMostLinkBytes));
}

bool had_link(std::span<const std::uint8_t> bytes) {
  return text_of(bytes).find("tEXt" + std::string(kLinkStart)) != std::string_view::npos;
}

Result<Bytes> animate_png(std::span<const Bytes> pngs, int frame_ms, int plays) {
  std::vector<std::vector<Chunk>> frames;
  for (const Bytes& png : pngs) {
    Result<std::vector<Chunk>> chunks = read_chunks(png);
    if (!chunks) return tl::unexpected<Error>(chunks.error());
    frames.push_back(std::move(*chunks));
  }
  const Chunk& head = frames.front().front();
  for (const auto& frame : frames) {
    if (text_of(frame.front().data) != text_of(head.data))
      return fail("the pictures are not of one size and kind", "animate pictures of one model");
  }
  const std::uint32_t width = read_number(head.data), height = read_number(head.data.subspan(4));
  const auto count = static_cast<std::uint32_t>(frames.size()), delay = static_cast<std::uint32_t>(frame_ms);
  std::uint32_t sequence = 0;
  Writer out;
  out.chunk(head.type, head.data);
  out.chunk("acTL", numbers({{count, 4}, {static_cast<std::uint32_t>(plays), 4}}));
  for (const auto& frame : frames) {
    // Its number, size, place, time on show in thousandths of a second, and: it replaces what was there.
    out.chunk("fcTL",
              numbers({{sequence++, 4}, {width, 4}, {height, 4}, {0, 4}, {0, 4}, {delay, 2}, {1000, 2}, {0, 2}}));
    for (const Chunk& chunk : frame) {
      if (chunk.type != "IDAT") continue;
      if (&frame == &frames.front()) {
        out.chunk(chunk.type, chunk.data);
        continue;
      }
      Bytes moved = numbers({{sequence++, 4}});
      moved.insert(moved.end(), chunk.data.begin(), chunk.data.end());
      out.chunk("fdAT", moved);
    }
  }
  out.chunk("IEND", {});
  return out.take();
}

}  // namespace avae
