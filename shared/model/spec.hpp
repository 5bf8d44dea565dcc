// ModelSpec: everything that decides a model's networks, as plain data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/model/result.hpp"

namespace avae {

// Shape letters used throughout: N batch, H W height and width, C channels, Z latent size, K classes.

enum class Role : std::uint8_t { kDecoder, kEncoder, kDiscriminator };

/// "decoder", "encoder", "discriminator".
std::string_view role_name(Role role);

/// Where latents come from before the decoder's first dense layer.
enum class Prior : std::uint8_t {
  kStandard,       ///< z = u, u ~ N(0, I)
  kClassGaussian,  ///< full-covariance Gaussians for each class, 2^S of them, kept in the decoder file (layers.hpp)
};

/// Describes a model completely: two equal specs have equal layers and equal tensor tables.
struct ModelSpec {
  static constexpr int kVersion = 2;
  static constexpr int kMaxSwitches = 4;

  int version = kVersion;
  std::string name = "model";            ///< [a-z0-9-]{1,40}; what the page and file names call it
  std::string modality = "image";        ///< only "image" today
  std::string objective = "avae";        ///< seed | vae | gan | avae: how it was trained (for display)
  int height = 28;                       ///< H, 4..256, divisible by 2^(stages-1)
  int width = 28;                        ///< W, likewise
  int channels = 1;                      ///< C, 1 or 3
  int latent = 32;                       ///< Z, coordinates of a latent, 1..256
  int switches = 0;                      ///< S, how many of them (the last) choose one of 2^S Gaussians of a class:
                                         ///< 0..4 and below Z; 0 unless prior is kClassGaussian
  int classes = 0;                       ///< K, 0 (no labels) or 2..256
  std::vector<std::string> class_names;  ///< K names (UTF-8, 1..40 bytes each), or empty
  Prior prior = Prior::kStandard;

  /// Decoder and encoder widths from the lowest resolution to the full one: at most 7, multiples of 8, 8..512, and no
  /// stage of more than 2^22 numbers (height x width x channels) a sample. Empty: the textbook's dense networks
  /// (Flatten, one Dense each).
  std::vector<int> stage_widths = {56, 48, 16};
  /// Residual blocks at each stage, 0..8; same length as stage_widths.
  std::vector<int> stage_blocks = {1, 1, 0};
  /// Discriminator widths, same length and order as stage_widths.
  std::vector<int> discriminator_widths = {96, 48, 16};

  bool operator==(const ModelSpec&) const = default;

  int pixels() const { return height * width * channels; }
  /// D = Z - S, the size of z: what the encoder writes and the decoder's first dense layer reads.
  int code() const { return latent - switches; }
  /// 2^S max(K, 1), Gaussians of a kClassGaussian prior; Gaussian j of class k is row k 2^S + j.
  int gaussians() const { return (classes > 0 ? classes : 1) << switches; }
  /// True for the textbook's dense networks.
  bool dense() const { return stage_widths.empty(); }
};

/// Checks every range above. The error names the field and the range.
Result<void> validate(const ModelSpec& spec);

/// One line of JSON, keys in the order of the struct; `prior` is "standard" or "class-gaussian". `spec` must be valid.
/// Version 1 has no `switches`, and means 0.
std::string to_json(const ModelSpec& spec);

/// Parses and validates. Errors: not JSON, depth or size limits (64 KiB, depth 4), a key twice, a missing or unknown
/// key (unknown is refused: a spec that means more than we know must not be half understood), a wrong type, a version
/// newer than kVersion ("made by a newer avae"), and whatever validate() refuses.
Result<ModelSpec> parse_spec(std::string_view json);

}  // namespace avae
