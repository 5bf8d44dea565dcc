#include "native/data/image.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <memory>
#include <string>

#define STBI_NO_STDIO
#include <stb/stb_image.h>

#include "native/data/files.hpp"

namespace avae {
namespace {

constexpr int kMaxSide = 16384;

/// Drops alpha: grey + alpha to grey, RGBA to RGB, over white.
Image lay_on_white(const std::uint8_t* data, int height, int width, int channels) {
  Image image{height, width, channels <= 2 ? 1 : 3, {}};
  const std::size_t count = static_cast<std::size_t>(height) * width;
  if (channels == image.channels) {
    image.pixels.assign(data, data + count * channels);
    return image;
  }
  image.pixels.reserve(count * image.channels);
  for (std::size_t i = 0; i < count; ++i, data += channels) {
    const int alpha = data[image.channels];
    for (int c = 0; c < image.channels; ++c) {
      image.pixels.push_back(static_cast<std::uint8_t>((data[c] * alpha + 255 * (255 - alpha) + 127) / 255));
    }
  }
  return image;
}

/// How one output sample is made along an axis: consecutive input samples from `first`, weights that sum to 1.
struct Tap {
  int first;
  std::vector<float> weights;
};

std::vector<Tap> resample_taps(int in, int out) {
  std::vector<Tap> taps;
  const double step = static_cast<double>(in) / out;
  for (int o = 0; o < out; ++o) {
    Tap tap{};
    if (step >= 1) {
      const double begin = o * step, end = (o + 1) * step;
      tap.first = static_cast<int>(begin);
      for (int i = tap.first; i < in && i < end; ++i) {
        tap.weights.push_back(static_cast<float>((std::min<double>(end, i + 1) - std::max<double>(begin, i)) / step));
      }
    } else {
      const double centre = std::clamp((o + 0.5) * step - 0.5, 0.0, in - 1.0);
      tap.first = std::min(static_cast<int>(centre), std::max(in - 2, 0));
      const auto t = static_cast<float>(centre - tap.first);
      tap.weights = in > 1 ? std::vector<float>{1 - t, t} : std::vector<float>{1};
    }
    taps.push_back(std::move(tap));
  }
  return taps;
}

}  // namespace

bool is_image_name(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg" || ending == ".bmp";
}

Result<Image> read_image(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  if (!bytes) return tl::unexpected(bytes.error());
  const std::string name = path.string();
  if (bytes->size() > std::numeric_limits<int>::max())
    return fail(name + " is larger than 2 GB", "use a smaller picture");
  const int size = static_cast<int>(bytes->size());
  int width = 0, height = 0, channels = 0;
  if (!stbi_info_from_memory(bytes->data(), size, &width, &height, &channels)) {
    return fail(name + " is not a PNG, JPEG or BMP picture", "remove it or convert it");
  }
  if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide) {
    return fail(name + " is " + std::to_string(width) + " x " + std::to_string(height) + " pixels",
                "at most 16384 a side");
  }
  const std::unique_ptr<stbi_uc, void (*)(void*)> data(
      stbi_load_from_memory(bytes->data(), size, &width, &height, &channels, 0), stbi_image_free);
  if (!data) return fail(name + " is damaged (" + stbi_failure_reason() + ")", "remove it or fetch it again");
  return lay_on_white(data.get(), height, width, channels);
}

Image with_channels(const Image& image, int channels) {
  if (image.channels == channels) return image;
  Image result{image.height, image.width, channels, {}};
  const std::size_t count = static_cast<std::size_t>(image.height) * image.width;
  result.pixels.reserve(count * channels);
  for (std::size_t i = 0; i < count; ++i) {
    if (channels == 3) {
      result.pixels.insert(result.pixels.end(), 3, image.pixels[i]);
    } else {
      const std::uint8_t* rgb = &image.pixels[3 * i];
      result.pixels.push_back(static_cast<std::uint8_t>((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000));
    }
  }
  return result;
}

Image fit_image(const Image& image, int height, int width) {
  if (image.height == height && image.width == width) return image;
  int crop_height = image.height, crop_width = image.width;
  if (std::int64_t{image.width} * height > std::int64_t{image.height} * width) {
    crop_width =
        std::clamp(static_cast<int>(std::lround(static_cast<double>(image.height) * width / height)), 1, image.width);
  } else {
    crop_height =
        std::clamp(static_cast<int>(std::lround(static_cast<double>(image.width) * height / width)), 1, image.height);
  }
  const int top = (image.height - crop_height) / 2, left = (image.width - crop_width) / 2;
  const int channels = image.channels;

  const auto columns = resample_taps(crop_width, width);
  std::vector<float> narrow(static_cast<std::size_t>(crop_height) * width * channels);  // [crop_height, width, C]
  for (int y = 0; y < crop_height; ++y) {
    const std::uint8_t* row = &image.pixels[(static_cast<std::size_t>(top + y) * image.width + left) * channels];
    float* out = &narrow[static_cast<std::size_t>(y) * width * channels];
    for (const Tap& tap : columns) {
      for (int c = 0; c < channels; ++c) {
        float sum = 0;
        for (std::size_t i = 0; i < tap.weights.size(); ++i)
          sum += tap.weights[i] * row[(tap.first + i) * channels + c];
        *out++ = sum;
      }
    }
  }
  Image result{height, width, channels, {}};
  result.pixels.reserve(static_cast<std::size_t>(height) * width * channels);
  const std::size_t stride = static_cast<std::size_t>(width) * channels;
  for (const Tap& tap : resample_taps(crop_height, height)) {
    for (std::size_t x = 0; x < stride; ++x) {
      float sum = 0;
      for (std::size_t i = 0; i < tap.weights.size(); ++i) sum += tap.weights[i] * narrow[(tap.first + i) * stride + x];
      result.pixels.push_back(static_cast<std::uint8_t>(std::clamp(std::lround(sum), 0L, 255L)));
    }
  }
  return result;
}

}  // namespace avae
