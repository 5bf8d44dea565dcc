// How far the fp32 trainer may be from the double reference.
#pragma once

namespace avae::test {

/// A loss of the first ten steps, relative to the larger of itself and 0.1: Adam turns rounding of tiny gradients into
/// steps.
inline constexpr double kCurveTolerance = 2e-3;

/// The same between networks in bf16 or tf32 and in fp32: bf16 has eight bits of mantissa.
inline constexpr double kBf16CurveTolerance = 0.1;

}  // namespace avae::test
