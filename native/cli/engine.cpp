#include "native/cli/engine.hpp"

namespace avae::cli {
namespace {

tl::unexpected<Error> no_engine(const std::string& engine) {
  return fail("this build has no engine " + engine, "configure it with AVAE_BUILD_INFER=ON");
}

}  // namespace

std::vector<std::string> engine_names() {
  std::vector<std::string> names;
#ifdef AVAE_WITH_INFER
  names.push_back("core");
#endif
#ifdef AVAE_WITH_TRAIN
  names.push_back("torch");
#endif
  return names;
}

Result<std::vector<std::uint8_t>> decode_with(const std::string& engine, [[maybe_unused]] const RoleWeights& decoder,
                                              [[maybe_unused]] std::span<const std::int8_t> latents,
                                              [[maybe_unused]] std::span<const std::uint8_t> mixes,
                                              [[maybe_unused]] const std::string& device) {
#ifdef AVAE_WITH_INFER
  if (engine == "core") return decode_with_core(decoder, latents, mixes);
#endif
#ifdef AVAE_WITH_TRAIN
  if (engine == "torch") return decode_with_torch(decoder, latents, mixes, device);
#endif
  return no_engine(engine);
}

Result<std::vector<std::uint8_t>> reconstruct_with(
    const std::string& engine, [[maybe_unused]] const RoleWeights& encoder, [[maybe_unused]] const RoleWeights& decoder,
    [[maybe_unused]] std::span<const std::uint8_t> pixels, [[maybe_unused]] std::span<const std::uint8_t> mixes,
    [[maybe_unused]] std::span<const float> noise, [[maybe_unused]] const std::string& device) {
#ifdef AVAE_WITH_INFER
  if (engine == "core") return reconstruct_with_core(encoder, decoder, pixels, mixes, noise);
#endif
#ifdef AVAE_WITH_TRAIN
  if (engine == "torch") return reconstruct_with_torch(encoder, decoder, pixels, mixes, noise, device);
#endif
  return no_engine(engine);
}

}  // namespace avae::cli
