// Runs the avae program, and makes small models for it to work on.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "native/data/model_folder.hpp"
#include "shared/latent/latent.hpp"
#include "shared/model/safetensors.hpp"
#include "tests/unit/data/temp_folder.hpp"

namespace avae::test {

struct Outcome {
  int code = -1;
  std::string out, err;
};

inline std::string shell_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

/// The program's exit code and what it wrote.
inline Outcome avae_program(const std::vector<std::string>& arguments) {
  const TempFolder folder;
  std::string command = shell_quoted(AVAE_PROGRAM);
  for (const auto& argument : arguments) command += " " + shell_quoted(argument);
  command += " >" + (folder / "out").string() + " 2>" + (folder / "err").string() + " </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(folder / "out"), text_of(folder / "err")};
}

/// A failure's message is one line that begins with the program's name and ends in a hint.
inline bool is_one_line(const std::string& err) {
  return err.starts_with("avae: ") && err.find('\n') == err.size() - 1 && err.find(": ", 6) != std::string::npos;
}

/// Small networks with two classes and a prior per class.
inline ModelSpec tiny_spec(const std::string& name = "tiny-avae") {
  ModelSpec spec;
  spec.name = name;
  spec.height = 8;
  spec.width = 12;
  spec.latent = 4;
  spec.switches = 1;
  spec.classes = 2;
  spec.class_names = {"left", "right"};
  spec.prior = Prior::kClassGaussian;
  spec.stage_widths = {8, 8};
  spec.stage_blocks = {1, 0};
  spec.discriminator_widths = {16, 8};
  return spec;
}

/// Seeded weights; priors are the identity, so that they can be inverted.
inline RoleWeights weights_of(const ModelSpec& spec, Role role, std::uint64_t seed) {
  RoleWeights weights{spec, role, {}, {}};
  RandomBits random(seed + static_cast<std::uint64_t>(role));
  for (const TensorInfo& info : tensor_table(spec, role)) {
    auto& values = weights.tensors[info.name];
    const auto count = static_cast<std::size_t>(info.elements());
    const int triangle = spec.code() * (spec.code() + 1) / 2;
    int row = 0, entry = 0;  // in its triangle
    for (std::size_t i = 0; i < count; ++i, ++entry) {
      if (entry == triangle) row = entry = 0;
      const bool diagonal = entry == row * (row + 3) / 2;
      if (diagonal) ++row;
      const float drawn = (static_cast<float>(random.below(2001)) - 1000.0f) / 2500.0f;
      values.push_back(info.name == "prior.scale" ? (diagonal ? 1.0f : 0.0f) : drawn);
    }
  }
  return weights;
}

/// Writes the role's file into the folder and returns its bytes.
inline Bytes put_role(const fs::path& folder, const ModelSpec& spec, Role role, std::uint64_t seed = 1) {
  const Bytes bytes = write_model(weights_of(spec, role, seed), DType::kF16).value();
  put(folder / (std::string(role_name(role)) + ".safetensors"), bytes);
  return bytes;
}

/// All three roles; returns the decoder's bytes.
inline Bytes put_model(const fs::path& folder, const ModelSpec& spec, std::uint64_t seed = 1) {
  put_role(folder, spec, Role::kEncoder, seed);
  put_role(folder, spec, Role::kDiscriminator, seed);
  return put_role(folder, spec, Role::kDecoder, seed);
}

}  // namespace avae::test
