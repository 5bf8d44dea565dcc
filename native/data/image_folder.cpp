#include <algorithm>
#include <string>
#include <vector>

#include "native/data/image.hpp"
#include "native/data/sources.hpp"

namespace avae {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxNameBytes = 40;  // what a ModelSpec holds

struct Item {
  std::string key;  ///< path below the folder, for order and for holding out
  fs::path path;
  std::size_t label;
};

struct Listing {
  std::vector<Item> items;
  std::vector<std::string> classes;  ///< sub-folders, sorted; empty when the pictures lie in the folder itself
};

bool hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

tl::unexpected<Error> cannot_list(const fs::path& folder, const std::error_code& error) {
  return fail("cannot list " + folder.string() + ", " + error.message(), "check its permissions");
}

/// Pictures in `folder` and below it.
Result<std::vector<fs::path>> pictures_below(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (hidden(it->path())) {
      it.disable_recursion_pending();
    } else if (is_image_name(it->path()) && it->is_regular_file(error)) {
      paths.push_back(it->path());
    }
  }
  if (error) return cannot_list(folder, error);
  return paths;
}

Result<Listing> list_folder(const fs::path& folder) {
  Listing listing;
  std::vector<fs::path> folders, loose;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (hidden(it->path())) continue;
    if (it->is_directory(error)) {
      folders.push_back(it->path());
    } else if (is_image_name(it->path())) {
      loose.push_back(it->path());
    }
  }
  if (error) return cannot_list(folder, error);
  if (!loose.empty() && !folders.empty()) {
    return fail(folder.string() + " has pictures beside sub-folders",
                "move the pictures into sub-folders (classes), or the sub-folders away");
  }
  std::sort(folders.begin(), folders.end());
  for (const fs::path& path : folders) {
    const std::string name = path.filename().string();
    if (name.size() > kMaxNameBytes)
      return fail("class folder " + path.string() + " has a name of more than 40 bytes", "shorten it");
    const auto pictures = pictures_below(path);
    if (!pictures) return tl::unexpected(pictures.error());
    if (pictures->empty())
      return fail("class folder " + path.string() + " has no pictures (PNG, JPEG, BMP)", "add some or remove it");
    for (const fs::path& picture : *pictures)
      listing.items.push_back({picture.lexically_relative(folder).string(), picture, listing.classes.size()});
    listing.classes.push_back(name);
  }
  for (const fs::path& picture : loose) listing.items.push_back({picture.filename().string(), picture, 0});
  if (listing.items.empty())
    return fail("no pictures (PNG, JPEG, BMP) in " + folder.string(), "give a folder of pictures");
  if (listing.classes.size() > 256) {
    return fail(folder.string() + " has " + std::to_string(listing.classes.size()) + " sub-folders",
                "at most 256 classes are supported");
  }
  // Directory order differs between machines.
  std::sort(listing.items.begin(), listing.items.end(), [](const Item& a, const Item& b) { return a.key < b.key; });
  return listing;
}

/// The listing of test/ with its labels renumbered as train/ has them.
Result<Listing> list_test(const fs::path& folder, const Listing& train) {
  auto test = list_folder(folder);
  if (!test) return test;
  if (test->classes.empty() != train.classes.empty())
    return fail("only one of train and test has class folders in " + folder.parent_path().string(),
                "give both the same sub-folders");
  for (Item& item : test->items) {
    if (test->classes.empty()) break;
    const auto found = std::find(train.classes.begin(), train.classes.end(), test->classes[item.label]);
    if (found == train.classes.end()) {
      return fail(
          "class " + test->classes[item.label] + " is in test but not in train of " + folder.parent_path().string(),
          "give both the same sub-folders");
    }
    item.label = static_cast<std::size_t>(found - train.classes.begin());
  }
  test->classes = train.classes;
  return test;
}

Result<Listing> list_split(const fs::path& folder, Split split) {
  std::error_code error;
  const fs::path train_folder = folder / "train", test_folder = folder / "test";
  const bool divided = fs::is_directory(train_folder, error);
  auto listing = list_folder(divided ? train_folder : folder);
  if (!listing || split == Split::kAll) {
    if (!listing || !divided || !fs::is_directory(test_folder, error)) return listing;
    const auto test = list_test(test_folder, *listing);
    if (!test) return test;
    listing->items.insert(listing->items.end(), test->items.begin(), test->items.end());
    return listing;
  }
  if (divided && fs::is_directory(test_folder, error))
    return split == Split::kTrain ? listing : list_test(test_folder, *listing);
  std::erase_if(listing->items, [&](const Item& item) { return held_out(item.key) != (split == Split::kTest); });
  return listing;
}

std::string shape_text(const Image& image) {
  return std::to_string(image.width) + " x " + std::to_string(image.height);
}

}  // namespace

Result<Dataset> load_image_folder(const fs::path& folder, Split split, const DataOptions& options) {
  const auto listing = list_split(folder, split);
  if (!listing) return tl::unexpected(listing.error());
  std::vector<Image> images;
  images.reserve(listing->items.size());
  Dataset set;
  set.channels = options.channels == 0 ? 1 : options.channels;
  for (const Item& item : listing->items) {
    auto image = read_image(item.path);
    if (!image) return tl::unexpected(image.error());
    if (options.size > 0) image = fit_image(*image, options.size, options.size);
    if (options.channels > 0) image = with_channels(*image, options.channels);
    if (!images.empty() && (image->height != images[0].height || image->width != images[0].width)) {
      return fail(item.path.string() + " is " + shape_text(*image) + " pixels and " + listing->items[0].path.string() +
                      " is " + shape_text(images[0]),
                  "choose one size for all with --size");
    }
    set.channels = std::max(set.channels, image->channels);
    images.push_back(std::move(*image));
  }
  set.classes = static_cast<int>(listing->classes.size());
  set.class_names = listing->classes;
  if (images.empty()) return set;
  set.height = images[0].height;
  set.width = images[0].width;
  set.pixels.reserve(set.picture_bytes() * images.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    const Image image = with_channels(images[i], set.channels);
    set.pixels.insert(set.pixels.end(), image.pixels.begin(), image.pixels.end());
    if (set.classes > 0) set.labels.push_back(static_cast<std::uint8_t>(listing->items[i].label));
  }
  return set;
}

}  // namespace avae
