#include "native/publish/gzip.hpp"

#include <zlib.h>

namespace avae {

std::vector<std::uint8_t> gzip_if_smaller(std::span<const std::uint8_t> bytes) {
  constexpr int kGzipWindow = 15 + 16, kMemory = 9;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    return {};
  std::vector<std::uint8_t> packed(bytes.size() - bytes.size() / 40);
  stream.next_in = const_cast<std::uint8_t*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  packed.resize(whole ? stream.total_out : 0);
  deflateEnd(&stream);
  return packed;
}

}  // namespace avae
