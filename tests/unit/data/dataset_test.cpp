#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "native/data/dataset.hpp"
#include "native/data/files.hpp"
#include "native/data/gzip.hpp"
#include "native/data/idx.hpp"
#include "native/data/png_grid.hpp"
#include "temp_folder.hpp"

using namespace avae;
using namespace avae::test;

namespace {

void put_png(const fs::path& path, int height, int width, int channels, std::uint8_t value) {
  const Image image{height, width, channels, Bytes(static_cast<std::size_t>(height) * width * channels, value)};
  put(path, encode_png(image).value());
}

void put_mnist(const fs::path& folder) {
  put(folder / "train-images-idx3-ubyte", idx({4, 2, 3}));
  put(folder / "train-labels-idx1-ubyte", idx({4}));
  put(folder / "t10k-images-idx3-ubyte", idx({2, 2, 3}));
  put(folder / "t10k-labels-idx1-ubyte", idx({2}));
}

}  // namespace

TEST_CASE("data: Fashion-MNIST loads by name") {
  const auto train = load_dataset("fashion-mnist", Split::kTrain);
  REQUIRE(train);
  CHECK(train->size() == 60000);
  CHECK(train->height == 28);
  CHECK(train->channels == 1);
  CHECK(train->classes == 10);
  CHECK(train->class_names[9] == "ankle boot");
  CHECK(train->labels[0] == 9);
  CHECK(std::count(train->labels.begin(), train->labels.end(), 3) == 6000);
  const auto test = load_dataset("fashion-mnist", Split::kTest, {.size = 14, .channels = 3});
  REQUIRE(test);
  CHECK(test->size() == 10000);
  CHECK(test->picture_bytes() == 14 * 14 * 3);
}

TEST_CASE("data: a folder with MNIST's names has two splits that agree on the classes") {
  const TempFolder folder;
  put_mnist(folder.path());
  const auto train = load_dataset(folder.path().string(), Split::kTrain);
  const auto test = load_dataset(folder.path().string(), Split::kTest);
  const auto all = load_dataset(folder.path().string(), Split::kAll);
  REQUIRE(train);
  REQUIRE(test);
  REQUIRE(all);
  CHECK(train->size() == 4);
  CHECK(train->height == 2);
  CHECK(train->width == 3);
  CHECK(train->labels == Bytes{0, 1, 2, 3});
  CHECK(train->pixels[7] == 7);
  CHECK(test->size() == 2);
  CHECK(test->classes == 4);
  CHECK(all->size() == 6);
}

TEST_CASE("data: IDX files that we write are read again, colour and labels too") {
  const TempFolder folder;
  Bytes pixels(5 * 4 * 4 * 3);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i);
  const Bytes labels = {0, 1, 2, 1, 0};
  REQUIRE(write_idx_images(folder / "set.idx", pixels, 4, 4, 3));
  REQUIRE(write_idx_labels(folder / "set.idx.labels", labels));
  const auto set = load_dataset((folder / "set.idx").string(), Split::kAll);
  REQUIRE(set);
  CHECK(set->pixels == pixels);
  CHECK(set->labels == labels);
  CHECK(set->classes == 3);
}

TEST_CASE("data: pictures of one class are unlabelled, whatever its number; classes may begin at 1 and lack one") {
  const TempFolder folder;
  const std::string source = (folder / "a.idx").string();
  put(folder / "a.idx", idx({4, 2, 2}));
  for (const auto& [labels, classes] :
       std::vector<std::pair<Bytes, int>>{{{0, 0, 0, 0}, 0}, {{7, 7, 7, 7}, 0}, {{1, 2, 3, 4}, 5}, {{0, 3, 3, 0}, 4}}) {
    REQUIRE(write_idx_labels(folder / "a.idx.labels", labels));
    const auto set = load_dataset(source, Split::kAll);
    REQUIRE(set);
    CHECK(set->classes == classes);
    CHECK(set->labels == (classes > 0 ? labels : Bytes{}));
  }
}

TEST_CASE("data: labels of an earlier set never stand beside other pictures") {
  const TempFolder folder;
  const Bytes pixels(4 * 2 * 2), labels = {0, 1, 0, 1};
  REQUIRE(write_idx_set(folder / "a.idx", pixels, 2, 2, 1, labels));
  CHECK(load_dataset((folder / "a.idx").string(), Split::kAll)->labels == labels);
  REQUIRE(write_idx_set(folder / "a.idx", pixels, 2, 2, 1, {}));
  CHECK(load_dataset((folder / "a.idx").string(), Split::kAll)->labels.empty());
  // Where labels cannot be written, nothing is.
  fs::create_directories(folder / "b.idx.labels/in-the-way");
  CHECK(!write_idx_set(folder / "b.idx", pixels, 2, 2, 1, labels));
  CHECK(!fs::exists(folder / "b.idx"));
}

TEST_CASE("data: an IDX file alone is unlabelled") {
  const TempFolder folder;
  put(folder / "a.idx", idx({3, 2, 2}));
  const auto set = load_dataset((folder / "a.idx").string(), Split::kAll);
  REQUIRE(set);
  CHECK(set->classes == 0);
  CHECK(set->labels.empty());
}

TEST_CASE("data: labels with MNIST's name beside an images file are found") {
  const TempFolder folder;
  put_mnist(folder.path());
  const auto set = load_dataset((folder / "train-images-idx3-ubyte").string(), Split::kAll);
  REQUIRE(set);
  CHECK(set->labels.size() == 4);
}

TEST_CASE("data: a set without a test split always holds out the same tenth") {
  const TempFolder folder;
  put(folder / "a.idx", idx({1000, 1, 1}));
  const std::string source = (folder / "a.idx").string();
  const auto train = load_dataset(source, Split::kTrain), test = load_dataset(source, Split::kTest);
  REQUIRE(train);
  REQUIRE(test);
  CHECK(train->size() + test->size() == 1000);
  CHECK(test->size() > 70);
  CHECK(test->size() < 130);
  CHECK(load_dataset(source, Split::kTest)->pixels == test->pixels);
}

TEST_CASE("data: sub-folders are classes, sorted by name") {
  const TempFolder folder;
  put_png(folder / "train/cat/1.png", 8, 8, 1, 10);
  put_png(folder / "train/cat/deep/2.png", 8, 8, 1, 20);
  put_png(folder / "train/ant/1.png", 8, 8, 3, 30);
  put_png(folder / "test/cat/1.png", 8, 8, 1, 40);
  put(folder / "train/ant/notes.txt", "not a picture");
  put(folder / "train/.hidden/x.png", "not a picture");
  const auto train = load_dataset(folder.path().string(), Split::kTrain);
  REQUIRE(train);
  CHECK(train->class_names == std::vector<std::string>{"ant", "cat"});
  CHECK(train->labels == Bytes{0, 1, 1});
  CHECK(train->channels == 3);
  CHECK(train->pixels[0] == 30);
  const auto test = load_dataset(folder.path().string(), Split::kTest, {.size = 4, .channels = 1});
  REQUIRE(test);
  CHECK(test->labels == Bytes{1});
  CHECK(test->pixels == Bytes(16, 40));
}

TEST_CASE("data: pictures of one folder are unlabelled and split by name") {
  const TempFolder folder;
  for (int i = 0; i < 60; ++i)
    put_png(folder / ("p" + std::to_string(i) + ".png"), 4, 4, 1, static_cast<std::uint8_t>(i));
  const auto values = [&](Split split) {
    const auto set = load_dataset(folder.path().string(), split);
    REQUIRE(set);
    CHECK(set->classes == 0);
    std::set<int> seen;
    for (std::size_t i = 0; i < set->size(); ++i) seen.insert(set->pixels[i * 16]);
    return seen;
  };
  const auto train = values(Split::kTrain), test = values(Split::kTest);
  CHECK(train.size() + test.size() == 60);
  CHECK(test.size() >= 1);
  // A new picture does not move the others.
  put_png(folder / "new.png", 4, 4, 1, 200);
  auto later = values(Split::kTest);
  later.erase(200);
  CHECK(later == test);
}

TEST_CASE("data: pictures of different sizes fit once a size is chosen") {
  const TempFolder folder;
  put_png(folder / "a.png", 30, 20, 3, 9);
  put_png(folder / "b.png", 10, 50, 1, 9);
  const auto set = load_dataset(folder.path().string(), Split::kAll, {.size = 16});
  REQUIRE(set);
  CHECK(set->pixels == Bytes(2 * 16 * 16 * 3, 9));
}

TEST_CASE("data: CIFAR's planes become pixels") {
  const TempFolder folder;
  Bytes record(1 + 3072);
  record[0] = 7;
  record[1] = 11;
  record[1 + 1024] = 22;
  record[1 + 2048] = 33;
  for (int i = 1; i <= 5; ++i) put(folder / ("cifar-10-batches-bin/data_batch_" + std::to_string(i) + ".bin"), record);
  put(folder / "cifar-10-batches-bin/test_batch.bin", record);
  const auto set = load_dataset(folder.path().string(), Split::kTrain);
  REQUIRE(set);
  CHECK(set->size() == 5);
  CHECK(set->classes == 10);
  CHECK(set->labels == Bytes(5, 7));
  CHECK(Bytes(set->pixels.begin(), set->pixels.begin() + 4) == Bytes{11, 22, 33, 0});
}

TEST_CASE("data: CIFAR-100 has its fine labels and names") {
  const TempFolder folder;
  Bytes record(2 + 3072);
  record[0] = 3;
  record[1] = 42;
  put(folder / "train.bin", record);
  put(folder / "test.bin", record);
  std::string names;
  for (int i = 0; i < 100; ++i) names += "name" + std::to_string(i) + "\n";
  put(folder / "fine_label_names.txt", names);
  const auto set = load_dataset(folder.path().string(), Split::kAll);
  REQUIRE(set);
  CHECK(set->labels == Bytes{42, 42});
  CHECK(set->class_names[42] == "name42");
}

TEST_CASE("gzip: a file with every optional header field inflates") {
  // "hello" stored, with extra field, name, comment and header CRC; CRC-32 3610a686.
  const Bytes bytes = {0x1f, 0x8b, 8,   0x1e, 0,    0,    0,    0,    0, 3, 2,    0,    9,
                       9,    'n',  0,   'c',  0,    0xaa, 0xbb, 1,    5, 0, 0xfa, 0xff, 'h',
                       'e',  'l',  'l', 'o',  0x86, 0xa6, 0x10, 0x36, 5, 0, 0,    0};
  const auto text = inflate_gzip(bytes);
  REQUIRE(text);
  CHECK(*text == Bytes{'h', 'e', 'l', 'l', 'o'});
}
