// Runs one role of a model on XNNPACK, the same natively and in WebAssembly.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "shared/latent/latent.hpp"
#include "shared/model/result.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {

/// An encoder, decoder or discriminator with its weights packed. Movable, not copyable. One thread at a time per
/// object; objects are independent. The same bits for the same inputs, whatever the batch size, on any CPU
/// (WebAssembly, plain SIMD).
class Network {
 public:
  /// Packs the weights; `weights` may be dropped afterwards. Errors: XNNPACK cannot start, out of memory.
  static Result<Network> create(const RoleWeights& weights);

  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  ~Network();

  const ModelSpec& spec() const;
  Role role() const;
  int input_size() const;   ///< floats per sample: Z (decoder) or H*W*C
  int output_size() const;  ///< floats per sample: H*W*C, 2D or 1+K

  /// input [N, input_size], mix [N, K] (empty when K = 0), output [N, output_size]; N >= 1 is input.size() /
  /// input_size(). Pixels are in [0, 1]. A discriminator reads no mix: it may be empty. Large batches are worked off in
  /// parts, so memory is bounded. Errors: sizes that do not fit each other, out of memory.
  Result<void> run(std::span<const float> input, std::span<const float> mix, std::span<float> output);

  /// As run(), and keeps what every layer wrote: values[i] is layer i's output [N, H, W, C]. For parity tests.
  Result<std::vector<std::vector<float>>> run_layers(std::span<const float> input, std::span<const float> mix);

  /// The inverse of the decoder's prior for one sample: z [D], mix [K] summing to 1 -> latent [Z], under the Gaussian
  /// that z is most likely from. A copy when the prior is standard. Errors: not a decoder, sizes, a prior without
  /// inverse (an all-zero mix has none).
  Result<void> whiten(std::span<const float> z, std::span<const float> mix, std::span<float> latent) const;

 private:
  struct Impl;
  explicit Network(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Multiply-adds of one sample as executed here: multiply_adds(), with the fewer products of winograd.hpp where it is
/// used.
std::int64_t planned_multiply_adds(const std::vector<Layer>& layers);

/// round(255 x) for x in [0, 1], halves up; what every picture on screen, in files and in hashes is made of.
void to_pixels(std::span<const float> values, std::span<std::uint8_t> pixels);

/// Decodes N quantised samples into uint8 [N, H, W, C]: dequantise, run, to_pixels. `decoder` must be a decoder;
/// latents [N, Z], mixes [N, K] weights. Errors: as run(), another role.
Result<void> decode_pixels(Network& decoder, std::span<const std::int8_t> latents, std::span<const std::uint8_t> mixes,
                           std::span<std::uint8_t> pixels);

/// Encodes N pictures into what `decoder` shows best: the mean of q(z | x, mix), whitened by the decoder's prior, in
/// `means` (latents [N, Z]), and the same quantised in `latents` [N, Z]. pixels uint8 [N, H, W, C], mixes [N, K]
/// weights (all zero means "class unknown" to the encoder, and is refused when the prior needs a class). Errors: as
/// run() and whiten(), other roles, an encoder and a decoder of different models. With `noise` [N, M, D] ~ N(0, I), M
/// draws from each q instead of its mean: `means` and `latents` are [N, M, Z].
Result<void> encode_pixels(Network& encoder, const Network& decoder, std::span<const std::uint8_t> pixels,
                           std::span<const std::uint8_t> mixes, std::span<float> means, std::span<std::int8_t> latents,
                           std::span<const float> noise = {});

/// D's answer to N pictures: logits [N] = out_0 + sum_k mix_k out_(1+k). pixels uint8 [N, H, W, C], mixes [N, K]
/// weights (all zero: without the class term). Errors: as run(), another role.
Result<void> discriminate_pixels(Network& discriminator, std::span<const std::uint8_t> pixels,
                                 std::span<const std::uint8_t> mixes, std::span<float> logits);

}  // namespace avae
