#include "native/data/gzip.hpp"

#define STBI_NO_STDIO
#include <stb/stb_image.h>
#include <limits>
#include <memory>

#include "shared/model/hash.hpp"

namespace avae {
namespace {

constexpr std::size_t kMaxInflatedBytes = std::size_t{1} << 30;

std::uint32_t little_endian(std::span<const std::uint8_t> bytes) {
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

/// Bytes before the deflate stream, or 0 when they are cut short.
std::size_t header_bytes(std::span<const std::uint8_t> bytes) {
  enum Flag { kHeaderCrc = 2, kExtra = 4, kName = 8, kComment = 16 };
  const int flags = bytes[3];
  std::size_t at = 10;
  if (flags & kExtra) {
    if (at + 2 > bytes.size()) return 0;
    at += 2 + (bytes[at] | bytes[at + 1] << 8);
  }
  for (const int text : {kName, kComment}) {
    if (!(flags & text)) continue;
    while (at < bytes.size() && bytes[at] != 0) ++at;
    ++at;
  }
  if (flags & kHeaderCrc) at += 2;
  return at + 8 <= bytes.size() ? at : 0;
}

}  // namespace

bool is_gzip(std::span<const std::uint8_t> bytes) { return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b; }

Result<std::vector<std::uint8_t>> inflate_gzip(std::span<const std::uint8_t> bytes) {
  const char* hint = "the file is incomplete or damaged, fetch it again";
  if (bytes.size() < 18 || bytes.size() > std::numeric_limits<int>::max()) return fail("not a whole gzip file", hint);
  if (bytes[2] != 8)
    return fail("gzip compression method " + std::to_string(bytes[2]) + " is unknown", "only deflate (8) exists");
  const std::size_t start = header_bytes(bytes);
  if (start == 0) return fail("the gzip header is cut short", hint);
  const auto trailer = bytes.last(8);
  const std::size_t expected_size = little_endian(trailer.subspan(4));
  if (expected_size > kMaxInflatedBytes)
    return fail("the gzip file holds more than 1 GiB", "inflate it first, or use a smaller one");

  // The trailer names the size, so the output needs no guess and a bomb cannot outgrow it.
  std::vector<std::uint8_t> values(expected_size);
  const auto stream = bytes.subspan(start, bytes.size() - start - 8);
  std::uint8_t nothing = 0;
  char* output = reinterpret_cast<char*>(values.empty() ? &nothing : values.data());
  const int written =
      stbi_zlib_decode_noheader_buffer(output, static_cast<int>(expected_size),
                                       reinterpret_cast<const char*>(stream.data()), static_cast<int>(stream.size()));
  if (written < 0) return fail("the gzip data is damaged or cut short", hint);
  if (static_cast<std::size_t>(written) != expected_size)
    return fail("the gzip data is not as long as its trailer says", hint);
  if (crc32(values) != little_endian(trailer)) return fail("the gzip data fails its checksum", hint);
  return values;
}

}  // namespace avae
