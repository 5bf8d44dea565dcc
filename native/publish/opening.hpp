// What a site of several models opens with: one picture, as each of them draws it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shared/latent/atlas.hpp"
#include "shared/latent/link.hpp"
#include "shared/model/result.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {

/// A model, as openings() sees it. Both outlive the call.
struct OpeningModel {
  const RoleWeights* decoder;
  const Atlas* atlas;  ///< null when it has none
  ModelId id{};
};

inline constexpr int kOpeningDraws = 1024;

/// A link to View::kCompare for each of `models`, in their order: of the first, point number `index` of its atlas; of
/// those that share its latents, classes and picture size, what comes nearest to that in squared error: their own
/// atlas's point of that number, which is the same picture where both atlases are of the same data, or the best of
/// kOpeningDraws draws of its class. Empty texts for other models, and for all when the first has no atlas or no second
/// one is like it. Errors: `index` beyond the atlas, as Network's.
Result<std::vector<std::string>> openings(std::span<const OpeningModel> models, int index);

}  // namespace avae
