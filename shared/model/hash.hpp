// Checksums and text encodings that files, links and tests agree on.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/model/result.hpp"

namespace avae {

/// SHA-256 (FIPS 180-4).
std::array<std::uint8_t, 32> sha256(std::span<const std::uint8_t> bytes);
/// Lower-case hex.
std::string hex(std::span<const std::uint8_t> bytes);
/// CRC-32 (IEEE 802.3, as in zlib and PNG).
std::uint32_t crc32(std::span<const std::uint8_t> bytes);
/// base64url (RFC 4648 §5) without padding.
std::string base64url_encode(std::span<const std::uint8_t> bytes);
/// Refuses padding, characters outside the alphabet, impossible lengths and non-zero trailing bits.
Result<std::vector<std::uint8_t>> base64url_decode(std::string_view text);

/// What a link calls a model: the first 8 bytes of the SHA-256 of its decoder file.
using ModelId = std::array<std::uint8_t, 8>;
ModelId model_id(std::span<const std::uint8_t> decoder_file);

}  // namespace avae
