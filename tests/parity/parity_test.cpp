// The native core against the golden models: every layer of every role, and the pixels that WebAssembly makes.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "shared/infer/network.hpp"
#include "tests/parity/golden_values.hpp"
#include "tests/parity/tolerance.hpp"

using namespace avae;
using namespace avae::test;

namespace {

namespace fs = std::filesystem;

std::vector<std::uint8_t> read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  CAPTURE(path.string());
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> golden_models() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(AVAE_GOLDEN_MODELS)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::ranges::sort(folders);
  REQUIRE(folders.size() >= 3);
  return folders;
}

Network load(const fs::path& path) {
  const auto weights = read_model(read_bytes(path));
  REQUIRE(weights);
  auto network = Network::create(*weights);
  REQUIRE(network);
  return std::move(*network);
}

}  // namespace

TEST_CASE("parity: the native core computes every layer of the golden models") {
  for (const fs::path& folder : golden_models()) {
    for (const std::string role : {"decoder", "encoder", "discriminator"}) {
      Network network = load(folder / (role + ".safetensors"));
      const auto list = layers(network.spec(), network.role());
      const auto bytes = read_bytes(folder / (role + ".values.safetensors"));
      const auto golden = read_golden_values(list, bytes);
      REQUIRE(golden);
      const auto values = network.run_layers(golden->input, golden->mix);
      REQUIRE(values);
      for (std::size_t i = 0; i < list.size(); ++i) {
        CAPTURE(folder.filename().string(), role, list[i].name);
        REQUIRE(relative_error((*values)[i], golden->layers[i]) < kLayerTolerance);
      }
    }
  }
}

TEST_CASE("parity: native pixels are at most one step from those of WebAssembly") {
  for (const fs::path& folder : golden_models()) {
    CAPTURE(folder.filename().string());
    Network decoder = load(folder / "decoder.safetensors");
    const auto bytes = read_bytes(folder / "pixels.safetensors");
    const auto file = parse_safetensors(bytes);
    REQUIRE(file);
    REQUIRE(file->find("latents") != nullptr);
    REQUIRE(file->find("pixels") != nullptr);
    const auto stored = file->find("latents")->data;
    const std::vector<std::int8_t> latents(stored.begin(), stored.end());
    const auto* mixes = file->find("mixes");
    const auto golden = file->find("pixels")->data;
    REQUIRE(golden.size() >= static_cast<std::size_t>(8 * decoder.spec().pixels()));
    std::vector<std::uint8_t> pixels(golden.size());
    REQUIRE(decode_pixels(decoder, latents, mixes ? mixes->data : std::span<const std::uint8_t>{}, pixels));
    int difference = 0;
    for (std::size_t i = 0; i < pixels.size(); ++i) difference = std::max(difference, std::abs(pixels[i] - golden[i]));
    REQUIRE(difference <= kPixelTolerance);
    REQUIRE(*std::ranges::max_element(golden) - *std::ranges::min_element(golden) > 64);
  }
}
