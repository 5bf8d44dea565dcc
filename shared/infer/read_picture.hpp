// A picture from outside as a sample of a model, with its encoder or without one.
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

/// How many draws of the prior nearest_picture() begins with, and in how many rounds it goes on from the best of them.
inline constexpr int kNearestDraws = 512;
inline constexpr int kNearestRounds = 20;

/// For a model that has no encoder, such as a GAN: what it draws that comes closest to `pixels` [H, W, C], as class
/// `only`, or as any (-1). Of kNearestDraws draws the closest is kept; then rounds as read_picture()'s go on from it.
/// The same picture gives the same each time. Errors: as decode_pixels(), a class out of range.
Result<Reading> nearest_picture(Network& decoder, std::span<const std::uint8_t> pixels, int only = -1);

}  // namespace avae
