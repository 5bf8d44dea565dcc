// The classifier learns, is the same for the same seed, and survives its file; damaged files do not pass.
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/train/catch.hpp"

#include <ATen/Parallel.h>

#include "native/data/files.hpp"
#include "native/eval/classifier.hpp"
#include "native/eval/classifier_cache.hpp"
#include "native/eval/pictures.hpp"
#include "shared/latent/latent.hpp"
#include "shared/model/hash.hpp"
#include "tests/unit/data/temp_folder.hpp"

namespace avae::test {
namespace {

/// Class 0 has a bright left half, class 1 a bright right half, on noise.
Dataset halves(std::size_t n, std::uint64_t seed) {
  Dataset set{.height = 10, .width = 12, .channels = 1, .classes = 2, .class_names = {}, .pixels = {}, .labels = {}};
  RandomBits random(seed);
  for (std::size_t i = 0; i < n; ++i) {
    const bool right = i % 2 == 1;
    set.labels.push_back(right);
    for (int p = 0; p < set.height * set.width; ++p) {
      const bool bright = (p % set.width >= set.width / 2) == right;
      set.pixels.push_back(static_cast<std::uint8_t>(random.below(100) + (bright ? 100 : 0)));
    }
  }
  return set;
}

/// Small batches gain nothing from threads, and lose much where the cores have other work.
void use_one_thread() { at::set_num_threads(1); }

at::Tensor view(const Dataset& set) { return pictures_view(set.pixels, set.height, set.width, set.channels); }

}  // namespace

TEST_CASE("classifier: learns two classes, reports its progress, and the same seed gives the same weights") {
  use_one_thread();
  const Dataset train = halves(64, 1), test = halves(40, 2);
  double last = 0;
  const Classifier one = train_classifier(train, {.epochs = 1, .seed = 3}, [&](double fraction) {
    CHECK(fraction > last);
    last = fraction;
  });
  CHECK(last == 1);
  const at::Tensor features = one.features(view(test));
  CHECK(features.sizes() == at::IntArrayRef({40, Classifier::kFeatures}));
  CHECK(features.min().item<float>() >= 0);
  CHECK(!features.requires_grad());
  CHECK(agreement(one.predict(features), test.labels) == 1);
  const Classifier same = train_classifier(train, {.epochs = 1, .seed = 3});
  CHECK(at::equal(one.weights(), same.weights()));
}

TEST_CASE("classifier: fresh weights depend on the seed alone, and leave the global generator alone") {
  torch::manual_seed(4);
  const at::Tensor expected = torch::rand({3});
  torch::manual_seed(4);
  const Classifier a(10, 12, 3, 5, at::kCPU, 1), b(10, 12, 3, 5, at::kCPU, 1), c(10, 12, 3, 5, at::kCPU, 2);
  CHECK(at::equal(a.weights(), b.weights()));
  CHECK(!at::equal(a.weights(), c.weights()));
  CHECK(at::equal(torch::rand({3}), expected));
}

TEST_CASE("classifier: takes pictures of any shape from 8 x 8") {
  for (const auto& [h, w, c] : {std::tuple{8, 8, 1}, {8, 40, 3}, {28, 28, 1}, {65, 33, 3}}) {
    CAPTURE(h, w, c);
    const Classifier classifier(h, w, c, 3, at::kCPU, 1);
    const at::Tensor features = classifier.features(torch::zeros({2, h, w, c}, torch::kByte));
    CHECK(features.sizes() == at::IntArrayRef({2, Classifier::kFeatures}));
    CHECK(classifier.predict(features).sizes() == at::IntArrayRef({2}));
  }
}

TEST_CASE("classifier: batches do not change features") {
  const Dataset set = halves(501, 5);
  const Classifier classifier(10, 12, 1, 2, at::kCPU, 1);
  const at::Tensor all = classifier.features(view(set));
  CHECK(at::allclose(all.narrow(0, 499, 2), classifier.features(view(set).narrow(0, 499, 2)), 1e-4, 1e-5));
}

TEST_CASE("classifier: what is saved is what is loaded; another or a damaged file is refused") {
  const Classifier classifier(10, 12, 1, 2, at::kCPU, 1);
  const Bytes bytes = classifier.to_bytes("data");
  Classifier other(10, 12, 1, 2, at::kCPU, 2);
  REQUIRE(other.load(bytes, "data"));
  CHECK(at::equal(other.weights(), classifier.weights()));

  const auto refused = [](Classifier into, const Bytes& file, const std::string& data) {
    const auto loaded = into.load(file, data);
    REQUIRE(!loaded);
    return loaded.error().message;
  };
  CHECK(refused(other, bytes, "more data").find("'data' is not 'more data'") != std::string::npos);
  CHECK(refused(Classifier(10, 12, 1, 3, at::kCPU, 2), bytes, "data").find("pictures") != std::string::npos);
  Bytes cut = bytes;
  cut.pop_back();
  CHECK(!refused(other, cut, "data").empty());
  Classifier endless(10, 12, 1, 2, at::kCPU, 1);
  endless.weights()[3] = std::numeric_limits<float>::infinity();
  CHECK(refused(other, endless.to_bytes("data"), "data").find("not finite") != std::string::npos);
  CHECK(at::equal(other.weights(), classifier.weights()));
}

TEST_CASE("classifier cache: trained once, replaced when damaged, done without when it cannot be written") {
  use_one_thread();
  const TempFolder folder;
  setenv("AVAE_CACHE", folder.path().c_str(), 1);
  const Dataset train = halves(32, 1);
  int steps = 0;
  const auto count = [&](double) { ++steps; };
  const CachedClassifier first = cached_classifier(train, at::kCPU, count);
  CHECK(steps == 200);
  CHECK(first.note.empty());
  const CachedClassifier second = cached_classifier(train, at::kCPU, count);
  CHECK(steps == 200);
  CHECK(second.sha256 == first.sha256);
  CHECK(at::equal(second.classifier.weights(), first.classifier.weights()));

  const fs::path file = fs::directory_iterator(folder / "classifiers")->path();
  CHECK(hex(sha256(read_file(file).value())) == first.sha256);
  put(file, "damaged");
  const CachedClassifier third = cached_classifier(train, at::kCPU, count);
  CHECK(steps == 400);
  CHECK(third.note.find("was trained again") != std::string::npos);
  CHECK(third.sha256 == first.sha256);
  CHECK(hex(sha256(read_file(file).value())) == first.sha256);

  // Other data, other classifier.
  CHECK(cached_classifier(halves(32, 9), at::kCPU).sha256 != first.sha256);

  put(folder / "file", "in the way");
  setenv("AVAE_CACHE", (folder / "file").c_str(), 1);
  const CachedClassifier unkept = cached_classifier(train, at::kCPU, count);
  CHECK(steps == 600);
  CHECK(unkept.note.find("not kept") != std::string::npos);
  unsetenv("AVAE_CACHE");
}

TEST_CASE("classifier cache: the folder follows the environment") {
  setenv("AVAE_CACHE", "/a", 1);
  setenv("XDG_CACHE_HOME", "/b", 1);
  CHECK(classifier_folder() == "/a/classifiers");
  unsetenv("AVAE_CACHE");
  CHECK(classifier_folder() == "/b/avae/classifiers");
  unsetenv("XDG_CACHE_HOME");
  CHECK(classifier_folder().string().ends_with("/.cache/avae/classifiers"));
}

}  // namespace avae::test
