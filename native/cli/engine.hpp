// Pictures of many quantised samples, by whichever engine the build has.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shared/model/result.hpp"
#include "shared/model/safetensors.hpp"

namespace avae::cli {

// latents [N, Z], class weights [N, K] (empty when K = 0) -> uint8 [N, H, W, C]. Both show their progress on stderr.

/// The inference core, on every processor: what the page shows, up to one step of 255.
Result<std::vector<std::uint8_t>> decode_with_core(const RoleWeights& decoder, std::span<const std::int8_t> latents,
                                                   std::span<const std::uint8_t> mixes);

/// The trainer's own modules, on `device`, "cpu" or "cuda". Error: as parse_device().
Result<std::vector<std::uint8_t>> decode_with_torch(const RoleWeights& decoder, std::span<const std::int8_t> latents,
                                                    std::span<const std::uint8_t> mixes, const std::string& device);

// pixels uint8 [N, H, W, C], class weights [N, K] (empty when K = 0) -> the same shape: the pictures that the
// posterior's mean decodes to, or with noise [N, D] ~ N(0, I) a draw from it. The encoder and the decoder are of one
// model.

/// The inference core, through quantised latents: what the page shows of a picture dropped on it.
Result<std::vector<std::uint8_t>> reconstruct_with_core(const RoleWeights& encoder, const RoleWeights& decoder,
                                                        std::span<const std::uint8_t> pixels,
                                                        std::span<const std::uint8_t> mixes,
                                                        std::span<const float> noise);

/// The trainer's own modules, on `device`. Error: as parse_device().
Result<std::vector<std::uint8_t>> reconstruct_with_torch(const RoleWeights& encoder, const RoleWeights& decoder,
                                                         std::span<const std::uint8_t> pixels,
                                                         std::span<const std::uint8_t> mixes,
                                                         std::span<const float> noise, const std::string& device);

/// The engines of this build, the default first: "core", "torch".
std::vector<std::string> engine_names();

/// By the engine of that name, which must be one of engine_names(). `device` is for torch; the core has the CPU alone.
Result<std::vector<std::uint8_t>> decode_with(const std::string& engine, const RoleWeights& decoder,
                                              std::span<const std::int8_t> latents, std::span<const std::uint8_t> mixes,
                                              const std::string& device = "cpu");
Result<std::vector<std::uint8_t>> reconstruct_with(const std::string& engine, const RoleWeights& encoder,
                                                   const RoleWeights& decoder, std::span<const std::uint8_t> pixels,
                                                   std::span<const std::uint8_t> mixes, std::span<const float> noise,
                                                   const std::string& device = "cpu");

}  // namespace avae::cli
