#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>

#include "shared/model/safetensors.hpp"

using namespace avae;

namespace {

// By the definition of the format, in double.
double half_by_definition(int bits) {
  const int sign = bits & 0x8000 ? -1 : 1;
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 1023;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

}  // namespace

TEST_CASE("half: every finite half has the value of its definition and survives the way back") {
  int wrong = 0;
  for (int bits = 0; bits < 65536; ++bits) {
    if ((bits & 0x7c00) == 0x7c00) continue;
    const float value = half_to_float(static_cast<std::uint16_t>(bits));
    if (static_cast<double>(value) != half_by_definition(bits)) ++wrong;
    if (float_to_half(value) != bits) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("half: infinities and NaNs stay what they are") {
  CHECK(half_to_float(0x7c00) == std::numeric_limits<float>::infinity());
  CHECK(half_to_float(0xfc00) == -std::numeric_limits<float>::infinity());
  CHECK(float_to_half(std::numeric_limits<float>::infinity()) == 0x7c00);
  CHECK(float_to_half(-std::numeric_limits<float>::infinity()) == 0xfc00);
  int wrong = 0;
  for (int mantissa = 1; mantissa < 1024; ++mantissa) {
    const float nan = half_to_float(static_cast<std::uint16_t>(0x7c00 | mantissa));
    if (!std::isnan(nan) || (float_to_half(nan) & 0x7fff) <= 0x7c00) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(std::isnan(half_to_float(float_to_half(std::bit_cast<float>(0x7f800001u)))));
}

TEST_CASE("half: rounds between every two neighbours to the nearest, ties to even") {
  int wrong = 0;
  for (int bits = 0; bits < 0x7bff; ++bits) {
    const float low = half_to_float(static_cast<std::uint16_t>(bits));
    const float high = half_to_float(static_cast<std::uint16_t>(bits + 1));
    const float middle = (low + high) / 2;
    if (float_to_half(middle) != (bits % 2 == 0 ? bits : bits + 1)) ++wrong;
    if (float_to_half(std::nextafter(middle, low)) != bits) ++wrong;
    if (float_to_half(std::nextafter(middle, high)) != bits + 1) ++wrong;
    if (float_to_half(-middle) != (0x8000 | (bits % 2 == 0 ? bits : bits + 1))) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("half: overflows from halfway above the largest half") {
  CHECK(float_to_half(65504.0f) == 0x7bff);
  CHECK(float_to_half(std::nextafter(65520.0f, 0.0f)) == 0x7bff);
  CHECK(float_to_half(65520.0f) == 0x7c00);
  CHECK(float_to_half(-1e30f) == 0xfc00);
}

TEST_CASE("half: underflows to a signed zero") {
  CHECK(float_to_half(0.0f) == 0);
  CHECK(float_to_half(-0.0f) == 0x8000);
  CHECK(float_to_half(std::ldexp(1.0f, -25)) == 0);
  CHECK(float_to_half(std::nextafter(std::ldexp(1.0f, -25), 1.0f)) == 1);
  CHECK(float_to_half(-std::numeric_limits<float>::denorm_min()) == 0x8000);
}
