#include "native/eval/report.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "native/data/batches.hpp"
#include "native/eval/pictures.hpp"

namespace avae {
namespace {

at::Tensor view(const Dataset& set) { return pictures_view(set.pixels, set.height, set.width, set.channels); }

constexpr std::uint64_t kSubsetSeed = 7;

constexpr std::array kFigures = {
    Figure{"cfid", "cFID", &Scores::cfid},
    Figure{"kid", "KID", &Scores::kid},
    Figure{"precision", "precision", &Scores::precision},
    Figure{"recall", "recall", &Scores::recall},
    Figure{"density", "density", &Scores::density},
    Figure{"coverage", "coverage", &Scores::coverage},
    Figure{"sharpness", "sharpness", &Scores::sharpness},
    Figure{"class_agreement", "agreement", &Scores::class_agreement},
    Figure{"cas", "CAS", &Scores::cas},
    Figure{"mse", "MSE", &Scores::mse},
    Figure{"ssim", "SSIM", &Scores::ssim},
    Figure{"memorisation", "memory", &Scores::memorisation},
    Figure{"gfid", "", &Scores::gfid},
    Figure{"rfid", "rFID", &Scores::rfid},
    Figure{"gfid_over_rfid", "gFID/rFID", &Scores::gfid_over_rfid},
};

}  // namespace

std::span<const Figure> figures() { return kFigures; }

Dataset subset(const Dataset& set, std::size_t n) {
  if (n >= set.size()) return set;
  BatchOrder order(kSubsetSeed, static_cast<std::uint32_t>(set.size()), static_cast<std::uint32_t>(n));
  const auto drawn = order.indices(0, 0);
  std::vector<std::uint32_t> indices(drawn.begin(), drawn.end());
  std::sort(indices.begin(), indices.end());
  Dataset part = set;
  part.pixels.clear();
  part.labels.clear();
  const std::size_t bytes = set.picture_bytes();
  for (const std::uint32_t i : indices) {
    const auto from = set.pixels.begin() + static_cast<std::ptrdiff_t>(i * bytes);
    part.pixels.insert(part.pixels.end(), from, from + static_cast<std::ptrdiff_t>(bytes));
    if (!set.labels.empty()) part.labels.push_back(set.labels[i]);
  }
  return part;
}

Reference::Reference(const Dataset& train, const Dataset& test, const Classifier& classifier)
    : train_(train),
      test_(test),
      classifier_(classifier),
      train_features_(classifier.features(view(train))),
      test_features_(classifier.features(view(test))),
      test_moments_(moments(test_features_)),
      test_accuracy_(agreement(classifier.predict(test_features_), test.labels)),
      test_sharpness_(avae::sharpness(view(test).to(classifier.device()))),
      test_to_train_(nearest_distance(test_features_, train_features_)) {}

Scores Reference::score(const Candidate& candidate) const {
  const at::Device device = classifier_.device();
  const at::Tensor pictures = candidate.pictures.to(device);
  const at::Tensor features = classifier_.features(pictures);
  Scores scores;
  scores.cfid = frechet_distance(moments(features), test_moments_);
  scores.kid = avae::kid(features, test_features_);
  const PrecisionRecall pr = precision_recall(test_features_, features);
  scores.precision = pr.precision;
  scores.recall = pr.recall;
  const DensityCoverage dc = density_coverage(test_features_, features);
  scores.density = dc.density;
  scores.coverage = dc.coverage;
  if (test_sharpness_ > 0) scores.sharpness = avae::sharpness(pictures) / test_sharpness_;
  if (!candidate.labels.empty()) scores.class_agreement = agreement(classifier_.predict(features), candidate.labels);
  if (test_to_train_ > 0) scores.memorisation = nearest_distance(features, train_features_) / test_to_train_;
  if (!candidate.reconstructions.defined()) return scores;
  const at::Tensor reconstructions = candidate.reconstructions.to(device), test = view(test_).to(device);
  scores.mse = avae::mse(reconstructions, test);
  scores.ssim = avae::ssim(reconstructions, test);
  const at::Tensor drawn = candidate.drawn_reconstructions.to(device);
  scores.rfid = frechet_distance(moments(classifier_.features(drawn)), test_moments_);
  scores.gfid = scores.cfid;
  // Fréchet distances of different numbers of pictures are biased differently.
  const bool comparable = candidate.pictures.size(0) == candidate.reconstructions.size(0);
  if (comparable && *scores.rfid > 0) scores.gfid_over_rfid = *scores.gfid / *scores.rfid;
  return scores;
}

void score_frame(const Reference& reference, std::size_t n, const std::function<void(const FrameRow&)>& report) {
  const Dataset some = subset(reference.train(), n);
  const at::Tensor real = view(some), test = view(reference.test());
  FrameRow row{"real", reference.score({real, some.labels, {}, {}})};
  row.scores.cas = reference.test_accuracy();
  report(row);
  report({"noisy", reference.score({noisy(real), some.labels, noisy(test), noisy(test)})});
  report({"blurred", reference.score({blurred(real), some.labels, blurred(test), blurred(test)})});
}

double classification_accuracy_score(const Dataset& samples, const Dataset& test, at::Device device,
                                     const std::function<void(double fraction)>& report) {
  const Classifier classifier = train_classifier(samples, {.device = device}, report);
  return agreement(classifier.predict(classifier.features(view(test))), test.labels);
}

}  // namespace avae
