#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "program.hpp"

using namespace avae;
using namespace avae::test;

namespace {

std::vector<std::string> exported(const fs::path& model, const fs::path& out, const std::string& weights) {
  return {"export", "--model", model.string(), "--out", out.string(), "--weights", weights};
}

/// Wide enough for int8 weights.
ModelSpec wide_spec() {
  ModelSpec spec = tiny_spec();
  spec.stage_widths = {32, 32};
  return spec;
}

bool has_int8(const ModelFile& model) {
  const auto file = parse_safetensors(model.bytes);
  return std::any_of(file->tensors.begin(), file->tensors.end(),
                     [](const auto& tensor) { return tensor.dtype == DType::kI8; });
}

}  // namespace

TEST_CASE("export: writes every role of a model with the weights asked for") {
  const TempFolder folder;
  put_model(folder / "run/model", wide_spec());
  for (const auto& [name, dtype] : {std::pair{"int8", DType::kI8}, {"fp16", DType::kF16}, {"fp32", DType::kF32}}) {
    const fs::path out = folder / name;
    REQUIRE(avae_program(exported(folder / "run", out, name)).code == 0);
    for (const Role role : {Role::kDecoder, Role::kEncoder, Role::kDiscriminator}) {
      const std::string file = std::string(role_name(role)) + ".safetensors";
      const auto model = read_role(out / file, role);
      REQUIRE(model);
      CHECK(model->weights.spec == wide_spec());
      if (dtype != DType::kI8)
        CHECK(model->weights.tensors == read_role(folder / "run/model" / file, role)->weights.tensors);
      if (role != Role::kDiscriminator) CHECK(has_int8(*model) == (dtype == DType::kI8));
    }
  }
  CHECK(fs::file_size(folder / "int8/encoder.safetensors") < fs::file_size(folder / "fp16/encoder.safetensors"));
  // The steps of int8 tensors are no parameters.
  const auto parameters = [&](const std::string& name) {
    const std::string json = (folder / (name + ".json")).string();
    REQUIRE(avae_program({"info", (folder / name).string(), "--json", json}).code == 0);
    return nlohmann::json::parse(text_of(json)).at(0).at("parameters").get<int>();
  };
  CHECK(parameters("int8") == parameters("fp32"));
}

TEST_CASE("export: gives the model another name") {
  const TempFolder folder;
  put_model(folder / "m", tiny_spec());
  const auto named = [&](const std::string& name) {
    return avae_program(
        {"export", "--model", (folder / "m").string(), "--out", (folder / "out").string(), "--name", name});
  };
  CHECK(named("Not A Name").code == 1);
  CHECK_FALSE(fs::exists(folder / "out"));
  REQUIRE(named("new-name").code == 0);
  for (const Role role : {Role::kDecoder, Role::kEncoder, Role::kDiscriminator}) {
    const auto file = read_role(folder / "out" / (std::string(role_name(role)) + ".safetensors"), role);
    CHECK(file->weights.spec.name == "new-name");
  }
}

TEST_CASE("export: a model without encoder stays one") {
  const TempFolder folder;
  put_role(folder / "gan", tiny_spec(), Role::kDecoder);
  const auto outcome = avae_program(exported(folder / "gan", folder / "out", "int8"));
  CHECK(outcome.code == 0);
  CHECK(fs::exists(folder / "out/decoder.safetensors"));
  CHECK_FALSE(fs::exists(folder / "out/encoder.safetensors"));

  put_role(folder / "out", tiny_spec("other"), Role::kEncoder);
  const auto second = avae_program(exported(folder / "gan", folder / "out", "fp16"));
  CHECK(second.code == 1);
  CHECK(second.err.find("encoder.safetensors is there and belongs to another model") != std::string::npos);
}

TEST_CASE("export: refuses what is no model, damaged or mixed, and writes nothing then") {
  const TempFolder folder;
  const auto refused = [&](const fs::path& model) {
    const auto outcome = avae_program(exported(model, folder / "out", "int8"));
    CHECK(outcome.code == 1);
    CHECK(is_one_line(outcome.err));
    CHECK_FALSE(fs::exists(folder / "out"));
    return outcome.err;
  };
  CHECK(refused(folder / "nothing").find("no model at") != std::string::npos);
  put_model(folder / "mixed", tiny_spec());
  put_role(folder / "mixed", tiny_spec("other"), Role::kEncoder);
  CHECK(refused(folder / "mixed").find("is of another model") != std::string::npos);
  put_role(folder / "damaged", tiny_spec(), Role::kDecoder);
  fs::resize_file(folder / "damaged/decoder.safetensors", 1000);
  CHECK(refused(folder / "damaged").find("decoder.safetensors") != std::string::npos);
  CHECK(avae_program(exported(folder / "mixed", folder / "out", "int4")).code == 2);
}
