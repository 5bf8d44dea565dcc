// A table row's figures on sets whose answers are known, and the rows that frame a table.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/train/catch.hpp"

#include <ATen/Parallel.h>

#include "native/eval/pictures.hpp"
#include "native/eval/report.hpp"
#include "shared/latent/latent.hpp"

namespace avae::test {
namespace {

using Catch::Approx;

/// Random pictures 8 x 9, each of its own brightness, in two classes by turns.
Dataset noise_pictures(std::size_t n, std::uint64_t seed) {
  Dataset set{.height = 8, .width = 9, .channels = 1, .classes = 2, .class_names = {}, .pixels = {}, .labels = {}};
  RandomBits random(seed);
  for (std::size_t i = 0; i < n; ++i) {
    set.labels.push_back(i % 2);
    const std::uint32_t range = 10 + random.below(240);
    for (std::size_t p = 0; p < set.picture_bytes(); ++p)
      set.pixels.push_back(static_cast<std::uint8_t>(random.below(range)));
  }
  return set;
}

at::Tensor view(const Dataset& set) { return pictures_view(set.pixels, set.height, set.width, set.channels); }

/// Features need no training to be compared.
const Classifier& classifier() {
  static const Classifier fresh(8, 9, 1, 2, at::kCPU, 1);
  return fresh;
}

}  // namespace

TEST_CASE("figures: one key and one place each") {
  std::set<std::string> keys;
  for (const Figure& figure : figures()) keys.insert(figure.key);
  CHECK(keys.size() == figures().size());
  for (const char* key : {"cfid", "kid", "precision", "recall", "density", "coverage", "sharpness", "class_agreement",
                          "cas", "mse", "ssim", "memorisation", "gfid", "rfid", "gfid_over_rfid"})
    CHECK(keys.contains(key));
}

TEST_CASE("subset: n different pictures with their labels, the same every time, all of a smaller set") {
  Dataset set = noise_pictures(200, 1);
  for (std::size_t i = 0; i < 200; ++i) {
    set.pixels[i * set.picture_bytes()] = static_cast<std::uint8_t>(i);
    set.labels[i] = static_cast<std::uint8_t>(i % 7);
  }
  const Dataset part = subset(set, 60);
  REQUIRE(part.size() == 60);
  std::set<int> seen;
  for (std::size_t i = 0; i < 60; ++i) {
    const int index = part.pixels[i * part.picture_bytes()];
    CHECK(part.labels[i] == index % 7);
    seen.insert(index);
  }
  CHECK(seen.size() == 60);
  CHECK(*seen.rbegin() > 100);
  CHECK(subset(set, 60).pixels == part.pixels);
  CHECK(subset(set, 500).pixels == set.pixels);
}

TEST_CASE("score: copies of the test pictures are perfect, and reconstructed without error") {
  const Dataset train = noise_pictures(120, 1), test = noise_pictures(80, 2);
  const Reference reference(train, test, classifier());
  const Scores scores = reference.score({view(test), test.labels, view(test), view(test)});
  CHECK(*scores.cfid == Approx(0).margin(1e-6));
  CHECK(*scores.precision == 1);
  CHECK(*scores.recall == 1);
  CHECK(*scores.coverage == 1);
  CHECK(*scores.sharpness == Approx(1));
  CHECK(*scores.class_agreement == Approx(reference.test_accuracy()));
  CHECK(*scores.memorisation == Approx(1));
  CHECK(*scores.mse == 0);
  CHECK(*scores.ssim == Approx(1));
  CHECK(*scores.gfid == *scores.cfid);
  CHECK(*scores.rfid == Approx(0).margin(1e-6));
  CHECK(!scores.cas);
}

TEST_CASE("score: errors are those of the mean codes' reconstructions, distances those of the drawn ones'") {
  const Dataset train = noise_pictures(120, 1), test = noise_pictures(80, 2);
  const Reference reference(train, test, classifier());
  const Scores scores = reference.score({view(test), test.labels, view(test), view(train)});
  CHECK(*scores.mse == 0);
  CHECK(*scores.rfid > 1e-3);
  CHECK(*scores.gfid_over_rfid == Approx(0).margin(1e-4));
}

TEST_CASE("score: gFID/rFID is the ratio of both, and absent when they are of different numbers of pictures") {
  const Dataset train = noise_pictures(120, 1), test = noise_pictures(80, 2), more = noise_pictures(80, 3);
  const Reference reference(train, test, classifier());
  const Scores scores = reference.score({blurred(view(test)), {}, view(test), view(more)});
  CHECK(*scores.cfid == Approx(frechet_distance(moments(classifier().features(blurred(view(test)))),
                                                moments(classifier().features(view(test))))));
  CHECK(*scores.rfid == *reference.score({view(more), {}, {}, {}}).cfid);
  CHECK(*scores.gfid_over_rfid == Approx(*scores.cfid / *scores.rfid));
  CHECK(*scores.gfid_over_rfid > 1);
  const Scores fewer = reference.score({view(train).narrow(0, 0, 79), {}, view(test), view(more)});
  CHECK(fewer.rfid);
  CHECK(!fewer.gfid_over_rfid);
}

TEST_CASE("score: class agreement is the share of labels that the classifier gives") {
  const Dataset train = noise_pictures(120, 1), test = noise_pictures(80, 2);
  const Reference reference(train, test, classifier());
  const at::Tensor predicted = classifier().predict(classifier().features(view(test)));
  std::vector<std::uint8_t> labels;
  for (std::int64_t i = 0; i < 80; ++i)  // every fourth is another
    labels.push_back(static_cast<std::uint8_t>(predicted[i].item<std::int64_t>() ^ (i % 4 == 0)));
  CHECK(*reference.score({view(test), labels, {}, {}}).class_agreement == 0.75);
  CHECK(agreement(torch::tensor({0, 1, 2, 2, 1}, torch::kLong), std::vector<std::uint8_t>{0, 1, 1, 2, 0}) == 0.6);
}

TEST_CASE("cas: right labels teach, swapped ones teach the opposite, and labels by chance teach nothing") {
  at::set_num_threads(1);
  // Class 1 is bright, class 0 dark.
  const auto lit = [](std::size_t n, std::uint64_t seed) {
    Dataset set = noise_pictures(n, seed);
    RandomBits random(seed);
    for (std::size_t i = 0; i < set.pixels.size(); ++i)
      set.pixels[i] = static_cast<std::uint8_t>(random.below(100) + (set.labels[i / set.picture_bytes()] ? 120 : 0));
    return set;
  };
  const Dataset test = lit(60, 1);
  Dataset samples = lit(80, 2);
  CHECK(classification_accuracy_score(samples, test, at::kCPU) == 1);
  for (std::uint8_t& label : samples.labels) label ^= 1;
  CHECK(classification_accuracy_score(samples, test, at::kCPU) == 0);
  for (std::size_t i = 0; i < samples.labels.size(); ++i) samples.labels[i] = i / 2 % 2;  // half of each class
  const double chance = classification_accuracy_score(samples, test, at::kCPU);
  CHECK(chance > 0.2);
  CHECK(chance < 0.8);
}

TEST_CASE("score: copies of training pictures are told by their memorisation") {
  const Dataset train = noise_pictures(120, 1), test = noise_pictures(80, 2);
  const Reference reference(train, test, classifier());
  CHECK(*reference.score({view(train), {}, {}, {}}).memorisation == Approx(0).margin(1e-4));
}

TEST_CASE("score: what does not apply is absent") {
  const Dataset train = noise_pictures(120, 1), test = noise_pictures(80, 2);
  const Reference reference(train, test, classifier());
  const Scores scores = reference.score({view(train), {}, {}, {}});
  CHECK(!scores.class_agreement);
  CHECK(!scores.cas);
  CHECK(!scores.mse);
  CHECK(!scores.ssim);
  CHECK(!scores.gfid);
  CHECK(!scores.rfid);
  CHECK(!scores.gfid_over_rfid);
  // Flat test pictures have no sharpness to divide by.
  Dataset flat = test;
  std::fill(flat.pixels.begin(), flat.pixels.end(), std::uint8_t{9});
  CHECK(!Reference(train, flat, classifier()).score({view(train), {}, {}, {}}).sharpness);
}

TEST_CASE("frame: real pictures come first, and spoilt ones score as spoilt") {
  const Dataset train = noise_pictures(120, 1), test = noise_pictures(80, 2);
  const Reference reference(train, test, classifier());
  std::vector<FrameRow> rows;
  score_frame(reference, 80, [&](const FrameRow& row) { rows.push_back(row); });
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].name == "real");
  CHECK(rows[1].name == "noisy");
  CHECK(rows[2].name == "blurred");
  CHECK(*rows[0].scores.cas == Approx(reference.test_accuracy()));
  CHECK(*rows[0].scores.cfid < *rows[2].scores.cfid);
  CHECK(*rows[1].scores.sharpness > *rows[0].scores.sharpness);
  CHECK(*rows[2].scores.sharpness < 0.5 * *rows[0].scores.sharpness);
  CHECK(*rows[1].scores.mse == Approx(0.0025).epsilon(0.3));  // clamping takes some of the noise
  CHECK(*rows[2].scores.ssim < *rows[1].scores.ssim);
}

}  // namespace avae::test
