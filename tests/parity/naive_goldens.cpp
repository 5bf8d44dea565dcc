// Writes golden models and what their layers compute by the definitions in naive.hpp: naive_goldens FOLDER
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/parity/golden_values.hpp"
#include "tests/parity/naive.hpp"
#include "tests/parity/random_model.hpp"

using namespace avae;
using namespace avae::test;

namespace {

constexpr int kSamples = 2;

void write(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: naive_goldens FOLDER\n";
    return 2;
  }
  std::uint32_t seed = 1;
  for (const ModelSpec& spec : golden_specs()) {
    for (const Role role : {Role::kDecoder, Role::kEncoder, Role::kDiscriminator}) {
      const RoleWeights weights = random_weights(spec, role, seed++);
      const Inputs inputs = random_inputs(spec, role, kSamples, seed++);
      GoldenValues values = {inputs.input, inputs.mix, {}};
      for (const Doubles& layer : naive_layers(weights, inputs.input, inputs.mix)) {
        values.layers.emplace_back(layer.begin(), layer.end());
      }
      const std::filesystem::path folder = std::filesystem::path(arguments[1]) / spec.name;
      const std::string name(role_name(role));
      write(folder / (name + ".safetensors"), *write_model(weights, DType::kF32));
      write(folder / (name + ".values.safetensors"), write_golden_values(layers(spec, role), kSamples, values));
    }
  }
}
