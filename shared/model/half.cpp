#include <bit>

#include "shared/model/safetensors.hpp"

namespace avae {

std::uint16_t float_to_half(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    // A NaN keeps the top of its payload and becomes quiet.
    return static_cast<std::uint16_t>(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
  }
  if (magnitude >= 0x47800000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // 2^16 and up
  if (magnitude < 0x33000000u) return static_cast<std::uint16_t>(sign);             // below 2^-25

  // Bits to drop: 13, and more as the half becomes subnormal (below 2^-14).
  std::uint32_t mantissa = magnitude;
  std::uint32_t drop = 13;
  std::uint32_t rebias = 112u << 10;
  if (magnitude < 0x38800000u) {
    mantissa = (magnitude & 0x007fffffu) | 0x00800000u;
    drop = 126u - (magnitude >> 23);
    rebias = 0;
  }
  const std::uint32_t kept = mantissa >> drop;
  const std::uint32_t rest = mantissa & ((1u << drop) - 1u);
  const std::uint32_t tie = 1u << (drop - 1u);
  const std::uint32_t up = (rest > tie || (rest == tie && (kept & 1u))) ? 1u : 0u;
  return static_cast<std::uint16_t>(sign | (kept - rebias + up));
}

float half_to_float(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fu;
  std::uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112u) << 23) | (mantissa << 13));
  if (mantissa == 0) return std::bit_cast<float>(sign);
  const std::uint32_t shift = static_cast<std::uint32_t>(std::countl_zero(mantissa)) - 21u;
  mantissa = (mantissa << shift) & 0x3ffu;
  return std::bit_cast<float>(sign | ((113u - shift) << 23) | (mantissa << 13));
}

}  // namespace avae
