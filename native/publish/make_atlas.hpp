// Computes the atlas of a model: its map and its directions.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "native/data/dataset.hpp"
#include "native/data/model_folder.hpp"
#include "shared/latent/atlas.hpp"
#include "shared/model/safetensors.hpp"

namespace avae {

struct AtlasOptions {
  int points = 2000;  ///< at most kMaxAtlasPoints; fewer when the data has fewer pictures
  /// Told in between how much is done, 0..1.
  std::function<void(double)> progress = [](double) {};
};

/// The points are what the encoder makes of the data's pictures, spread evenly over them, or draws of the prior where
/// there is no encoder or no data. They lie by t-SNE of the pictures that the decoder makes of them. Directions, for
/// each class apart, as means over draws of it: the steepest ascents of brightness, width, height and slant, where the
/// draws agree on them, and the directions that change pictures most (the leading eigenvectors of the mean of J^T J,
/// where J is the decoder's Jacobian); all sorted by how much a step along them changes a picture. Realism is
/// fitted where there are a discriminator and data. Takes some fifteen seconds. Errors: as Network's; data of another
/// size or with other classes.
Result<Atlas> make_atlas(const RoleWeights& decoder, const std::optional<RoleWeights>& encoder,
                         const std::optional<RoleWeights>& discriminator, const std::optional<Dataset>& data,
                         const AtlasOptions& options = {});

/// Logistic regression of "real" on a discriminator's logits, either kind counted alike when there are as many of
/// each. None when the logits of real pictures are not the higher ones. Neither is empty.
std::optional<RealismScale> fit_realism(std::span<const float> real, std::span<const float> drawn);

/// The same for the files of a model and the test split of a data set (empty: none), named after its decoder; of all
/// its pictures where there are hardly any in the test split. Errors: also those of reading them.
Result<Atlas> make_atlas(const ModelFolder& model, const std::string& data, const AtlasOptions& options = {});

}  // namespace avae
