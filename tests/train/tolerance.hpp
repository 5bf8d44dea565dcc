// How far the fp32 trainer may be from the double reference.
#pragma once

namespace avae::test {

/// A loss of the first ten steps, relative to the larger of itself and 0.1: Adam turns rounding of tiny gradients into
/// steps.
inline constexpr double kCurveTolerance = 2e-3;

}  // namespace avae::test
