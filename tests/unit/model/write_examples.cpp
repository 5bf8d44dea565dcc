// Writes files for open_with_python.py: model.safetensors and mixed.safetensors in the folder argv[1].
#include <cstdio>
#include <cstring>

#include "tests/unit/model/examples.hpp"

using namespace avae;

namespace {

bool write_file(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return false;
  const bool whole = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  return std::fclose(file) == 0 && whole;
}

std::vector<std::uint8_t> mixed_file() {
  const float floats[] = {1.5f, -2.0f, 0.25f};
  const std::int64_t integers[] = {-1, INT64_MAX};
  std::vector<std::uint8_t> f(sizeof floats), i(sizeof integers), u = {1, 2, 255};
  std::memcpy(f.data(), floats, sizeof floats);
  std::memcpy(i.data(), integers, sizeof integers);
  const std::vector<SafetensorsTensor> tensors = {{"u8", DType::kU8, {3}, u},
                                                  {"f32 \"\xc3\xa9\"", DType::kF32, {3, 1}, f},
                                                  {"i64", DType::kI64, {2}, i},
                                                  {"empty", DType::kF16, {0, 4}, {}}};
  return write_safetensors(tensors, {{"note", "tab\there \xf0\x9f\x91\x9f"}});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  RoleWeights weights = test::example_weights(test::small_spec(), Role::kDecoder);
  weights.metadata["avae.train"] = R"({"command":"avae train","seed":1})";
  const auto model = write_model(weights, DType::kF16);
  const std::string folder = argv[1];
  const bool ok = model && write_file(folder + "/model.safetensors", *model) &&
                  write_file(folder + "/mixed.safetensors", mixed_file());
  return ok ? 0 : 1;
}
