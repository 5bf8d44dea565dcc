// A picture from outside as a sample of a model.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "shared/infer/network.hpp"
#include "shared/latent/latent.hpp"

namespace avae {

struct Reading {
  Latent latent;                     ///< [Z]
  ClassMix mix;                      ///< the class alone
  int class_index = -1;              ///< -1 for models without classes
  std::vector<std::uint8_t> pixels;  ///< what the decoder makes of it, [H, W, C]
  float error = 0.0f;                ///< mean squared difference to the picture, of values in 0..1
};

/// How the draws of read_picture() go: so many in each of so many rounds, each round this much nearer than the one
/// before.
inline constexpr int kReadRounds = 10;
inline constexpr int kReadDraws = 16;
inline constexpr float kReadNearer = 0.8f;

/// Reads `pixels` [H, W, C] as class `only` or, if that is -1, as the class whose reconstruction from the mean of
/// q(z | x) comes closest. Then looks for what the mean leaves out, such as the details that an avae's encoder leaves
/// to chance: round by round it draws from q(z | x) with the noise around that of the best so far, and keeps what comes
/// closest. So the error is never above the mean's. The same picture is read alike each time. `encoder` and `decoder`
/// are of one model. Errors: as encode_pixels(), a class out of range.
Result<Reading> read_picture(Network& encoder, Network& decoder, std::span<const std::uint8_t> pixels, int only = -1);

}  // namespace avae
