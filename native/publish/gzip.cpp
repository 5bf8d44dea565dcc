#include "native/publish/gzip.hpp"

#include <libdeflate.h>

#include <memory>

namespace avae {

std::vector<std::uint8_t> gzip_if_smaller(std::span<const std::uint8_t> bytes) {
  constexpr int kSmallest = 12;
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(kSmallest), libdeflate_free_compressor);
  if (!compressor) return {};
  std::vector<std::uint8_t> packed(bytes.size() - bytes.size() / 40);
  packed.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), packed.data(), packed.size()));
  return packed;
}

}  // namespace avae
