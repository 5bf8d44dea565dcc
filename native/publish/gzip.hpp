// Files compressed ahead of time: static hosts often compress nothing, and the page can unpack by itself.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace avae {

/// `bytes` as a gzip file, without time or name, so that equal bytes give equal files; empty when it would not save a
/// fortieth, or memory is out.
std::vector<std::uint8_t> gzip_if_smaller(std::span<const std::uint8_t> bytes);

/// What a compressed file is called: this after the name of the plain one.
inline constexpr std::string_view kGzipEnding = ".gz";

}  // namespace avae
