// The figures of one table row: samples and reconstructions of a model against the pictures it was not trained on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "native/data/dataset.hpp"
#include "native/eval/classifier.hpp"
#include "native/eval/metrics.hpp"

namespace avae {

/// What does not apply to a row is absent. Distances are between features of the classifier.
struct Scores {
  std::optional<double> cfid;             ///< Fréchet distance of samples and test pictures
  std::optional<double> kid;              ///< kernel distance of the same
  std::optional<double> precision;        ///< k = 3
  std::optional<double> recall;           ///< k = 3
  std::optional<double> density;          ///< k = 5
  std::optional<double> coverage;         ///< k = 5
  std::optional<double> sharpness;        ///< of samples, divided by the test pictures'
  std::optional<double> class_agreement;  ///< share of samples that the classifier gives the class they were made for
  std::optional<double> cas;             ///< accuracy on test pictures after training on samples (Ravuri, Vinyals 2019)
  std::optional<double> mse;             ///< of reconstructions of test pictures
  std::optional<double> ssim;            ///< of the same
  std::optional<double> memorisation;    ///< nearest training picture: mean distance from samples ÷ from test pictures
  std::optional<double> gfid;            ///< cfid again, where there is an rfid to set it beside
  std::optional<double> rfid;            ///< Fréchet distance of reconstructions by drawn codes and test pictures
  std::optional<double> gfid_over_rfid;  ///< how much worse samples are than reconstructions
};

/// One figure: its key in JSON, its heading in a table (empty: not shown there), and where it is.
struct Figure {
  const char* key;
  const char* heading;
  std::optional<double> Scores::* value;
};
/// Every figure, in the order of tables.
std::span<const Figure> figures();

/// Pictures to score.
struct Candidate {
  at::Tensor pictures;               ///< samples, uint8 [N, H, W, C] on the CPU
  std::vector<std::uint8_t> labels;  ///< [N] what they were made for, or empty
  at::Tensor reconstructions;  ///< of the reference's test pictures, in their order, or undefined: by the mean code
  at::Tensor drawn_reconstructions;  ///< of the same by codes drawn from the posterior: defined where the others are
};

/// n pictures of a set, drawn without regard to their order and the same every time; all of them when it has no more.
Dataset subset(const Dataset& set, std::size_t n);

/// What every row is scored against; computed once.
class Reference {
 public:
  /// `train` is all the classifier has seen. `test` has at least 50 pictures of its shape. Both are borrowed.
  Reference(const Dataset& train, const Dataset& test, const Classifier& classifier);

  const Dataset& train() const { return train_; }
  const Dataset& test() const { return test_; }
  double test_accuracy() const { return test_accuracy_; }  ///< of the classifier, 0..1

  /// Everything but cas. The candidate has at least 50 pictures of the test set's shape.
  Scores score(const Candidate& candidate) const;

 private:
  const Dataset& train_;
  const Dataset& test_;
  const Classifier& classifier_;
  at::Tensor train_features_, test_features_;
  Moments test_moments_;
  double test_accuracy_, test_sharpness_, test_to_train_;
};

/// A row that every table has, for scale.
struct FrameRow {
  std::string name;  ///< "real", "noisy", "blurred"
  Scores scores;
};
/// n training pictures scored as samples, the same with 5 % noise, and blurred; in the last two the reconstructions are
/// test pictures spoilt the same way. Training pictures are their own nearest: a memorisation of 0 is that of copies.
/// The `cas` of real pictures is the classifier's own accuracy, as its recipe is the same. `report` is told each row
/// when it is done.
void score_frame(const Reference& reference, std::size_t n, const std::function<void(const FrameRow&)>& report);

/// Accuracy on `test` of a classifier trained on `samples` with the recipe and seed of the frozen one.
double classification_accuracy_score(const Dataset& samples, const Dataset& test, at::Device device,
                                     const std::function<void(double fraction)>& report = {});

}  // namespace avae
