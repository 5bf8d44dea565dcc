// Keeps trained classifiers in the user's cache, so that every report on a data set uses the same one.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "native/eval/classifier.hpp"

namespace avae {

struct CachedClassifier {
  Classifier classifier;
  std::string sha256;  ///< of its file, hex
  std::string note;    ///< what a person should know, such as that a damaged file was replaced; may be empty
};

/// The folder: $AVAE_CACHE/classifiers, else $XDG_CACHE_HOME/avae/classifiers, else ~/.cache/avae/classifiers.
std::filesystem::path classifier_folder();

/// The classifier of this training split, from the cache or else trained (see train_classifier) and put there. A file
/// that is damaged is replaced; a cache that cannot be written is noted, not an error.
CachedClassifier cached_classifier(const Dataset& train, at::Device device,
                                   const std::function<void(double fraction)>& report = {});

}  // namespace avae
