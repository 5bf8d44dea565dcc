// Gzip files (RFC 1952) of one member.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "shared/model/result.hpp"

namespace avae {

/// Whether the bytes start as gzip does.
bool is_gzip(std::span<const std::uint8_t> bytes);

/// Inflates, then checks CRC-32 and length. Errors: header cut short or of another method, data damaged or truncated,
/// checksum or length that differ, more than 1 GiB.
Result<std::vector<std::uint8_t>> inflate_gzip(std::span<const std::uint8_t> bytes);

}  // namespace avae
