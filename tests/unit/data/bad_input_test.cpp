// Every kind of bad input ends in one sentence that names the fault, and a hint.
#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "native/data/dataset.hpp"
#include "native/data/gzip.hpp"
#include "native/data/png_grid.hpp"
#include "temp_folder.hpp"

using namespace avae;
using namespace avae::test;

namespace {

Bytes png(int height, int width) {
  return encode_png(Image{height, width, 1, Bytes(static_cast<std::size_t>(height) * width)}).value();
}

Bytes cut(Bytes bytes, std::size_t count) {
  bytes.resize(bytes.size() - count);
  return bytes;
}

Bytes with(Bytes bytes, std::size_t at, std::uint8_t value) {
  bytes[at] = value;
  return bytes;
}

/// A gzip file that holds `stored` as it is, with a right trailer for "hello" only.
Bytes hello_gzip() {
  return {0x1f, 0x8b, 8,   0,   0,   0,   0,    0,    0,    3,    1, 5, 0, 0xfa,
          0xff, 'h',  'e', 'l', 'l', 'o', 0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0};
}

struct BadSource {
  const char* what;
  std::function<void(const fs::path&)> make;
  const char* source;  ///< below the folder
  const char* message;
  DataOptions options = {};
  Split split = Split::kTrain;
};

void put_pair(const fs::path& folder, const char* split, std::uint32_t images, std::uint32_t labels) {
  put(folder / (std::string(split) + "-images-idx3-ubyte"), idx({images, 2, 2}));
  put(folder / (std::string(split) + "-labels-idx1-ubyte"), idx({labels}));
}

const std::vector<BadSource>& bad_sources() {
  static const std::vector<BadSource> table = {
      {"nothing there", [](const fs::path&) {}, "missing", "no data set at"},
      {"an empty folder", [](const fs::path&) {}, "", "no pictures (PNG, JPEG, BMP)"},
      {"one picture", [](const fs::path& f) { put(f / "a.png", png(4, 4)); }, "a.png", "is one picture"},
      {"an empty file", [](const fs::path& f) { put(f / "a.idx", ""); }, "a.idx", "too short for an IDX file"},
      {"text", [](const fs::path& f) { put(f / "a.idx", "hello, hello"); }, "a.idx", "wrong magic"},
      {"IDX of floats", [](const fs::path& f) { put(f / "a.idx", with(idx({2, 2, 2}), 2, 0x0d)); }, "a.idx",
       "other than unsigned bytes"},
      {"IDX without dimensions", [](const fs::path& f) { put(f / "a.idx", with(idx({2}), 3, 0)); }, "a.idx",
       "wrong magic"},
      {"IDX with a short header", [](const fs::path& f) { put(f / "a.idx", Bytes{0, 0, 8, 3, 0, 0, 0, 1}); }, "a.idx",
       "truncated in its header"},
      {"IDX with values missing", [](const fs::path& f) { put(f / "a.idx", cut(idx({3, 2, 2}), 1)); }, "a.idx",
       "is truncated: 11 bytes of data where its header says 12"},
      {"IDX with a byte too many", [](const fs::path& f) { put(f / "a.idx", with(idx({3, 2, 2}), 7, 2)); }, "a.idx",
       "has bytes after its end"},
      {"IDX of four billion",
       [](const fs::path& f) {
         put(f / "a.idx", Bytes{0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255});
       },
       "a.idx", "is truncated"},
      {"IDX of labels as pictures", [](const fs::path& f) { put(f / "a.idx", idx({4})); }, "a.idx",
       "magic 0801, pictures have"},
      {"IDX with two channels", [](const fs::path& f) { put(f / "a.idx", idx({2, 2, 2, 2})); }, "a.idx",
       "has 2 channels"},
      {"IDX with no pictures", [](const fs::path& f) { put(f / "a.idx", idx({0, 2, 2})); }, "a.idx",
       "holds no pictures"},
      {"gzip cut short", [](const fs::path& f) { put(f / "a.gz", Bytes{0x1f, 0x8b, 8, 0, 0, 0}); }, "a.gz",
       "not a whole gzip file"},
      {"gzip of text", [](const fs::path& f) { put(f / "a.gz", hello_gzip()); }, "a.gz", "wrong magic"},
      {"labels of another count", [](const fs::path& f) { put_pair(f, "train", 4, 3); }, "",
       "has 3 labels for 4 pictures"},
      {"pictures as labels",
       [](const fs::path& f) {
         put_pair(f, "train", 4, 4);
         put(f / "train-labels-idx1-ubyte", idx({4, 2, 2}));
       },
       "", "has IDX magic 0803, labels have 0801"},
      {"labels truncated",
       [](const fs::path& f) {
         put_pair(f, "train", 4, 4);
         put(f / "train-labels-idx1-ubyte", cut(idx({4}), 2));
       },
       "", "is truncated: 2 bytes"},
      {"labels beyond the classes",
       [](const fs::path& f) { put_pair(f, "train", 40, 40); },
       "",
       "is not below 3 classes",
       {.classes = 3}},
      {"a label far beyond the others",
       [](const fs::path& f) {
         put_pair(f, "train", 4, 4);
         put(f / "train-labels-idx1-ubyte", with(idx({4}), 11, 255));
       },
       "", "go up to 255, though there are 4 different ones"},
      {"a label far beyond the others, in the test split",
       [](const fs::path& f) {
         put_pair(f, "train", 4, 4);
         put_pair(f, "t10k", 4, 4);
         put(f / "t10k-labels-idx1-ubyte", with(idx({4}), 11, 200));
       },
       "", "go up to 200, though there are 5 different ones"},
      {"a label far beyond the others, beside one file",
       [](const fs::path& f) {
         put(f / "a.idx", idx({4, 2, 2}));
         put(f / "a.idx.labels", with(idx({4}), 8, 99));
       },
       "a.idx", "go up to 99"},
      {"more bytes than there can be",
       [](const fs::path& f) {
         put(f / "a.idx", Bytes{0, 0, 8, 4, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 3});
       },
       "a.idx", "is truncated: 0 bytes of data"},
      {"labels missing", [](const fs::path& f) { put(f / "train-images-idx3-ubyte", idx({4, 2, 2})); }, "",
       "no train-labels-idx1-ubyte"},
      {"images missing", [](const fs::path& f) { put(f / "train-labels-idx1-ubyte", idx({4})); }, "",
       "no train-images-idx3-ubyte"},
      {"only the test split there", [](const fs::path& f) { put_pair(f, "t10k", 4, 4); }, "",
       "no train-images-idx3-ubyte"},
      {"test labels missing",
       [](const fs::path& f) {
         put_pair(f, "train", 4, 4);
         put(f / "t10k-images-idx3-ubyte", idx({4, 2, 2}));
       },
       "",
       "no t10k-labels-idx1-ubyte",
       {},
       Split::kTest},
      {"splits of different shape",
       [](const fs::path& f) {
         put_pair(f, "train", 4, 4);
         put(f / "t10k-images-idx3-ubyte", idx({4, 3, 3}));
         put(f / "t10k-labels-idx1-ubyte", idx({4}));
       },
       "",
       "different sizes",
       {},
       Split::kAll},
      {"labels expected, none there",
       [](const fs::path& f) { put(f / "a.idx", idx({40, 2, 2})); },
       "a.idx",
       "the pictures have no labels",
       {.classes = 3}},
      {"CIFAR truncated", [](const fs::path& f) { put(f / "data_batch_1.bin", Bytes(3072)); }, "",
       "are not whole records of 3073"},
      {"CIFAR batch missing", [](const fs::path& f) { put(f / "data_batch_1.bin", Bytes(3073)); }, "",
       "data_batch_2.bin, it is not there"},
      {"CIFAR label of 10",
       [](const fs::path& f) { put(f / "test_batch.bin", with(Bytes(3073), 0, 10)); },
       "",
       "label 10 of picture 0 is not below 10 classes",
       {},
       Split::kTest},
      {"pictures of different sizes",
       [](const fs::path& f) {
         put(f / "a.png", png(8, 8));
         put(f / "b.png", png(9, 8));
       },
       "",
       "is 8 x 9 pixels and",
       {},
       Split::kAll},
      {"a picture that is text",
       [](const fs::path& f) { put(f / "a.png", "hello"); },
       "",
       "a.png is not a PNG, JPEG or BMP picture",
       {},
       Split::kAll},
      {"a picture cut short",
       [](const fs::path& f) { put(f / "a.png", cut(png(64, 64), 40)); },
       "",
       "a.png is damaged",
       {},
       Split::kAll},
      {"an empty picture",
       [](const fs::path& f) { put(f / "a.jpg", ""); },
       "",
       "a.jpg is not a PNG, JPEG or BMP picture",
       {},
       Split::kAll},
      {"a picture of a million pixels a side",
       [](const fs::path& f) { put(f / "a.png", with(png(4, 4), 17, 0x10)); },
       "",
       "a.png is 1048580 x 4 pixels",
       {},
       Split::kAll},
      {"pictures beside classes",
       [](const fs::path& f) {
         put(f / "a.png", png(4, 4));
         put(f / "cat/a.png", png(4, 4));
       },
       "", "has pictures beside sub-folders"},
      {"a class with no pictures", [](const fs::path& f) { put(f / "cat/a.txt", "x"); }, "", "has no pictures"},
      {"a class only in test",
       [](const fs::path& f) {
         put(f / "train/cat/a.png", png(4, 4));
         put(f / "test/dog/a.png", png(4, 4));
       },
       "",
       "class dog is in test but not in train",
       {},
       Split::kTest},
      {"classes only in train",
       [](const fs::path& f) {
         put(f / "train/cat/a.png", png(4, 4));
         put(f / "test/a.png", png(4, 4));
       },
       "",
       "only one of train and test has class folders",
       {},
       Split::kTest},
      {"a class with an endless name", [](const fs::path& f) { put(f / std::string(41, 'n') / "a.png", png(4, 4)); },
       "", "more than 40 bytes"},
      {"257 classes",
       [](const fs::path& f) {
         for (int i = 0; i < 257; ++i) put(f / std::to_string(i) / "a.png", png(4, 4));
       },
       "", "has 257 sub-folders"},
      {"an empty test split",
       [](const fs::path& f) { put(f / "p.png", png(4, 4)); },
       "",
       "the test split of",
       {},
       Split::kTest},
      {"a size of 3", [](const fs::path&) {}, "", "size 3 is out of range", {.size = 3}},
      {"two channels asked for", [](const fs::path&) {}, "", "2 channels are not supported", {.channels = 2}},
  };
  return table;
}

}  // namespace

TEST_CASE("data: refuses bad sources with the fault and a hint") {
  for (const BadSource& bad : bad_sources()) {
    const TempFolder folder;
    bad.make(folder.path());
    INFO(bad.what);
    const auto set = load_dataset((folder / bad.source).string(), bad.split, bad.options);
    REQUIRE(!set);
    INFO(set.error().text());
    CHECK(set.error().message.find(bad.message) != std::string::npos);
    CHECK(!set.error().hint.empty());
    CHECK(set.error().text().find('\n') == std::string::npos);
  }
}

TEST_CASE("gzip: refuses damage wherever it is") {
  REQUIRE(inflate_gzip(hello_gzip()));
  const struct {
    Bytes bytes;
    const char* message;
  } table[] = {
      {{}, "not a whole gzip file"},
      {with(hello_gzip(), 2, 7), "compression method 7"},
      {with(hello_gzip(), 3, 4), "header is cut short"},    // an extra field longer than the file
      {with(hello_gzip(), 3, 8), "damaged"},                // a name that swallows data
      {with(hello_gzip(), 10, 7), "data is damaged"},       // a block type that does not exist
      {with(hello_gzip(), 16, 'a'), "fails its checksum"},  // other text
      {with(hello_gzip(), 20, 0), "fails its checksum"},    // other CRC
      {with(hello_gzip(), 24, 6), "not as long as its trailer says"},
      {with(hello_gzip(), 24, 4), "damaged"},
      {with(hello_gzip(), 27, 0x7f), "more than 1 GiB"},
      {cut(hello_gzip(), 1), ""},
  };
  for (const auto& bad : table) {
    const auto result = inflate_gzip(bad.bytes);
    INFO(bad.message);
    REQUIRE(!result);
    INFO(result.error().text());
    CHECK(result.error().message.find(bad.message) != std::string::npos);
    CHECK(!result.error().hint.empty());
  }
}
