// Writes the golden models and what torch's layers make of them: torch_goldens FOLDER. Run on purpose, by the target of
// that name.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/parity/golden_values.hpp"
#include "tests/parity/random_model.hpp"
#include "tests/train/torch_values.hpp"

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
    std::cerr << "usage: torch_goldens FOLDER\n";
    return 2;
  }
  std::uint32_t seed = 1;
  for (const ModelSpec& spec : golden_specs()) {
    for (const Role role : {Role::kDecoder, Role::kEncoder, Role::kDiscriminator}) {
      const RoleWeights weights = random_weights(spec, role, seed++);
      const Inputs inputs = random_inputs(spec, role, kSamples, seed++);
      const GoldenValues values = torch_layers(weights, inputs.input, inputs.mix);
      const std::filesystem::path folder = std::filesystem::path(arguments[1]) / spec.name;
      const std::string name(role_name(role));
      write(folder / (name + ".safetensors"), *write_model(weights, DType::kF32));
      write(folder / (name + ".values.safetensors"), write_golden_values(layers(spec, role), kSamples, values));
    }
  }
}
