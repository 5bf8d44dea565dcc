#include <algorithm>
#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <span>

#include "tests/unit/model/examples.hpp"

using namespace avae;

namespace {

constexpr Role kRoles[] = {Role::kDecoder, Role::kEncoder, Role::kDiscriminator};

/// Wide enough for int8 weights.
ModelSpec wide_spec() {
  ModelSpec spec = test::small_spec();
  spec.stage_widths = {32, 32};
  return spec;
}

// A valid file taken apart, to be put together with a fault.
struct Parts {
  std::vector<std::uint8_t> bytes;
  SafetensorsFile file;
  std::vector<SafetensorsTensor> tensors;

  explicit Parts(DType dtype = DType::kF32)
      : bytes(*write_model(
            test::example_weights(dtype == DType::kI8 ? wide_spec() : test::small_spec(), Role::kDecoder), dtype)),
        file(*parse_safetensors(bytes)) {
    for (const auto& t : file.tensors) tensors.push_back({t.name, t.dtype, t.shape, t.data});
  }
  std::vector<std::uint8_t> put_together() const { return write_safetensors(tensors, file.metadata); }
};

std::vector<std::uint8_t> with_value(DType dtype, std::uint32_t bits) {
  Parts parts(dtype);
  std::vector<std::uint8_t> data(parts.tensors[2].data.begin(), parts.tensors[2].data.end());
  for (int i = 0; i < dtype_bytes(dtype); ++i)
    data[static_cast<std::size_t>(dtype_bytes(dtype) * 5 + i)] = static_cast<std::uint8_t>(bits >> (8 * i));
  parts.tensors[2].data = data;
  return parts.put_together();
}

}  // namespace

TEST_CASE("model file: every role comes back as it went, in both precisions") {
  for (const ModelSpec& spec : {test::small_spec(), test::seed_spec()}) {
    for (const Role role : kRoles) {
      for (const DType dtype : {DType::kF16, DType::kF32}) {
        RoleWeights weights = test::example_weights(spec, role);
        weights.metadata["avae.train"] = R"({"seed":1})";
        const auto bytes = write_model(weights, dtype);
        REQUIRE(bytes);
        const auto back = read_model(*bytes);
        REQUIRE(back);
        CHECK(back->spec == spec);
        CHECK(back->role == role);
        CHECK(back->tensors == weights.tensors);
        CHECK(back->metadata == weights.metadata);
      }
    }
  }
}

TEST_CASE("model file: int8 weights are the nearest multiples of their steps, and stay so when written again") {
  RoleWeights weights = test::example_weights(wide_spec(), Role::kDecoder);
  const std::string conv = "stage0.block0.conv1.weight";  // [32, 3, 3, 32]
  auto& values = weights.tensors.at(conv);
  for (std::size_t i = 32; i < 64; ++i) values[i] = 0;
  for (std::size_t i = 64; i < 96; ++i) values[i] = 0.37f * static_cast<float>(i % 7) - 0.004f;
  const auto bytes = *write_model(weights, DType::kI8);
  const auto file = *parse_safetensors(bytes);
  CHECK(file.find(conv)->dtype == DType::kI8);
  CHECK(file.find(conv + ".step")->shape == std::vector<std::int64_t>{32, 3, 3});
  CHECK(file.find("stage0.block0.conv1.bias")->dtype == DType::kF16);
  CHECK(file.find("head.weight")->dtype == DType::kF16);

  const auto back = read_model(bytes);
  REQUIRE(back);
  for (const TensorInfo& info : tensor_table(weights.spec, weights.role)) {
    const auto& before = weights.tensors.at(info.name);
    const auto& after = back->tensors.at(info.name);
    if (file.find(info.name)->dtype == DType::kF16) {
      REQUIRE(after == before);
      continue;
    }
    const auto width = static_cast<std::size_t>(info.shape.back());
    for (std::size_t i = 0; i < before.size(); ++i) {
      const std::span<const float> row = std::span(before).subspan(i / width * width, width);
      float largest = 0;
      for (const float weight : row) largest = std::max(largest, std::abs(weight));
      INFO(info.name << " " << i);
      REQUIRE(std::abs(before[i] - after[i]) <= 0.501f * largest / 127);
    }
  }
  const auto& zeros = back->tensors.at(conv);
  CHECK(std::all_of(zeros.begin() + 32, zeros.begin() + 64, [](float weight) { return weight == 0; }));
  CHECK(*write_model(*back, DType::kI8) == bytes);
}

TEST_CASE("model file: reading refuses int8 weights without their steps") {
  const auto message = [](auto&& spoil) {
    Parts parts(DType::kI8);
    spoil(parts.tensors);
    const auto model = read_model(parts.put_together());
    return model ? std::string("accepted") : model.error().message;
  };
  const auto named = [](std::vector<SafetensorsTensor>& tensors, const std::string& name) {
    return std::find_if(tensors.begin(), tensors.end(), [&](const auto& tensor) { return tensor.name == name; });
  };
  using Tensors = std::vector<SafetensorsTensor>;
  CHECK(message([](Tensors&) {}) == "accepted");
  CHECK(message([&](Tensors& t) { t.erase(named(t, "stage0.up.weight.step")); }) ==
        "model file: tensor \"stage0.up.weight.step\" is missing");
  CHECK(message([&](Tensors& t) { named(t, "stage0.block0.conv1.weight.step")->shape = {288}; }) ==
        "model file: tensor \"stage0.block0.conv1.weight.step\" has shape [288]");
  CHECK(message([&](Tensors& t) {
          named(t, "stage0.block0.conv1.weight.step")->name = "stage0.block0.conv7.weight.step";
        }) == "model file: tensor \"stage0.block0.conv1.weight.step\" is missing");
  std::vector<std::uint8_t> nan(2 * 32 * 9);
  nan[1] = 0x7e;
  CHECK(message([&](Tensors& t) { named(t, "stage0.up.weight.step")->data = nan; }) ==
        "model file: tensor \"stage0.up.weight.step\" has NaN or Inf at element 0");
  std::vector<std::uint8_t> huge(4 * 32 * 9, 0x7f);  // as F32 finite, times more than 1 not
  for (std::size_t i = 2; i < huge.size(); i += 4) huge[i] = 0x7e;
  CHECK(message([&](Tensors& t) {
          named(t, "stage0.up.weight.step")->dtype = DType::kF32;
          named(t, "stage0.up.weight.step")->data = huge;
        }).find("\"stage0.up.weight.step\" overflows at element 0") != std::string::npos);
  const std::vector<std::uint8_t> one = {1};
  CHECK(message([&](Tensors& t) {
          named(t, "head.bias")->dtype = DType::kI8;
          named(t, "head.bias")->data = one;
        }) == "model file: tensor \"head.bias\" has dtype I8");
  CHECK(message([&](Tensors& t) { t.push_back({"head.bias.step", DType::kU8, {1}, one}); }) ==
        "model file: tensor \"head.bias.step\" is not part of a decoder");
}

TEST_CASE("model file: version 1 is read as the newest would have written it") {
  ModelSpec first = test::small_spec();
  first.version = 1;
  first.switches = 0;
  RoleWeights old = test::example_weights(first, Role::kDecoder);
  std::vector<float>& square = old.tensors.at("prior.scale");
  for (std::size_t i = 0; i < square.size(); ++i) square[i] = i % 4 <= i / 4 % 4 ? static_cast<float>(i) : 0.0f;
  const auto back = read_model(*write_model(old, DType::kF32));
  REQUIRE(back);
  CHECK(back->spec.version == ModelSpec::kVersion);
  CHECK(back->tensors.at("prior.scale") ==
        std::vector<float>{0, 4, 5, 8, 9, 10, 12, 13, 14, 15, 16, 20, 21, 24, 25, 26, 28, 29, 30, 31});
  CHECK(back->tensors.at("project.weight") == old.tensors.at("project.weight"));
  CHECK(write_model(*back, DType::kF32));

  square[1] = 0.5f;
  const auto refused = read_model(*write_model(old, DType::kF32));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "model file: tensor \"prior.scale\" is not lower triangular at element 1");
}

TEST_CASE("model file: the same weights give the same bytes, tensors in the order of the table") {
  const auto weights = test::example_weights(test::small_spec(), Role::kEncoder);
  const auto bytes = *write_model(weights, DType::kF16);
  CHECK(bytes == *write_model(weights, DType::kF16));
  const auto file = *parse_safetensors(bytes);
  const auto table = tensor_table(weights.spec, weights.role);
  REQUIRE(file.tensors.size() == table.size());
  for (std::size_t i = 0; i < table.size(); ++i) CHECK(file.tensors[i].name == table[i].name);
}

TEST_CASE("model file: reading refuses what differs from the tensor table") {
  struct Case {
    const char* what;
    std::vector<std::uint8_t> bytes;
    const char* fragment;
  };
  const auto spoiled = [](auto&& spoil) {
    Parts parts;
    spoil(parts);
    return parts.put_together();
  };
  ModelSpec other = test::small_spec();
  other.latent = 5;
  const std::string good_spec = to_json(test::small_spec());
  const Case cases[] = {
      {"no spec", spoiled([](Parts& p) { p.file.metadata.erase("avae.spec"); }), "no avae.spec"},
      {"no role", spoiled([](Parts& p) { p.file.metadata.erase("avae.role"); }), "no avae.role"},
      {"no metadata", spoiled([](Parts& p) { p.file.metadata.clear(); }), "no avae.spec"},
      {"a role of another kind", spoiled([](Parts& p) { p.file.metadata["avae.role"] = "critic"; }),
       "role \"critic\" is unknown"},
      {"another role", spoiled([](Parts& p) { p.file.metadata["avae.role"] = "encoder"; }), "is missing"},
      {"a spec that is not JSON", spoiled([](Parts& p) { p.file.metadata["avae.spec"] = "{"; }),
       "model spec: JSON is malformed"},
      {"a newer spec", spoiled([&](Parts& p) { p.file.metadata["avae.spec"] = R"({"version":9})"; }), "newer avae"},
      {"another spec", spoiled([&](Parts& p) { p.file.metadata["avae.spec"] = to_json(other); }),
       "\"prior.mean\" has shape [4, 3]"},
      {"a tensor less", spoiled([](Parts& p) { p.tensors.pop_back(); }), "tensor \"head.bias\" is missing"},
      {"a tensor more", spoiled([](Parts& p) { p.tensors.push_back({"extra", DType::kF32, {0}, {}}); }),
       "\"extra\" is not part of a decoder"},
      {"a tensor renamed", spoiled([](Parts& p) { p.tensors[2].name = "projekt.weight"; }),
       "\"project.weight\" is missing"},
      {"a transposed shape", spoiled([](Parts& p) { p.tensors[2].shape = {5, 128}; }),
       "\"project.weight\" has shape [5, 128]"},
      {"a flattened shape", spoiled([](Parts& p) { p.tensors[2].shape = {640}; }),
       "\"project.weight\" has shape [640]"},
      {"integer weights", spoiled([](Parts& p) {
         p.tensors[2].dtype = DType::kU8;
         p.tensors[2].data = p.tensors[2].data.first(640);
       }),
       "has dtype U8"},
      {"NaN in F32", with_value(DType::kF32, 0x7fc00000u), "\"project.weight\" has NaN or Inf at element 5"},
      {"Inf in F32", with_value(DType::kF32, 0xff800000u), "NaN or Inf at element 5"},
      {"NaN in F16", with_value(DType::kF16, 0x7e00u), "NaN or Inf at element 5"},
      {"Inf in F16", with_value(DType::kF16, 0x7c00u), "NaN or Inf at element 5"},
      {"not safetensors", test::bytes_of("GIF89a..........."), "safetensors: "},
  };
  REQUIRE(read_model(Parts().put_together()));
  for (const Case& c : cases) {
    const auto model = read_model(c.bytes);
    INFO(c.what << " -> " << (model ? "accepted" : model.error().text()));
    CHECK_FALSE(model);
    if (!model) CHECK(model.error().message.find(c.fragment) != std::string::npos);
  }
}

TEST_CASE("model file: writing refuses weights that are not the table's or not finite") {
  const auto fragment = [](auto&& spoil, DType dtype = DType::kF16) {
    RoleWeights weights = test::example_weights(test::small_spec(), Role::kDecoder);
    spoil(weights);
    const auto bytes = write_model(weights, dtype);
    return bytes ? std::string("accepted") : bytes.error().text();
  };
  const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  CHECK(has(fragment([](auto& w) { w.tensors.erase("head.bias"); }), "\"head.bias\" is missing"));
  CHECK(has(fragment([](auto& w) { w.tensors["extra"].resize(1); }), "\"extra\" is not part of a decoder"));
  CHECK(has(fragment([](auto& w) { w.tensors["head.bias"].push_back(0); }), "\"head.bias\" has 2 elements"));
  CHECK(has(fragment([](auto& w) { w.tensors["head.bias"][0] = std::numeric_limits<float>::quiet_NaN(); }),
            "NaN or Inf"));
  CHECK(has(fragment([](auto& w) { w.tensors["head.bias"][0] = -std::numeric_limits<float>::infinity(); }, DType::kF32),
            "NaN or Inf"));
  CHECK(has(fragment([](auto& w) { w.tensors["head.bias"][0] = 65520.0f; }), "too large for F16"));
  CHECK(fragment([](auto& w) { w.tensors["head.bias"][0] = 65520.0f; }, DType::kF32) == "accepted");
  CHECK(has(fragment([](auto& w) { w.spec.latent = 0; }), "latent is 0"));
  CHECK(has(fragment([](auto&) {}, DType::kU8), "cannot be written as U8"));
}

TEST_CASE("model file: random damage never crashes, and what is accepted can be written again") {
  const std::vector<std::uint8_t> files[] = {
      *write_model(test::example_weights(test::small_spec(), Role::kDecoder), DType::kF16),
      *write_model(test::example_weights(wide_spec(), Role::kDecoder), DType::kI8)};
  RandomBits random(1);
  int accepted = 0, refused = 0;
  for (int round = 0; round < 6000; ++round) {
    const auto& good = files[round / 2 % 2];
    auto bytes = good;
    // Every other round damages the header alone, where the structure is.
    if (round % 2) bytes.resize(1200);
    for (std::uint32_t edit = 0; edit <= random.below(3); ++edit) test::mutate(bytes, random);
    if (round % 2) bytes.insert(bytes.end(), good.begin() + 1200, good.end());
    const auto model = read_model(bytes);
    if (model) {
      ++accepted;
      const auto again = write_model(*model, DType::kF32);
      REQUIRE(again);
      REQUIRE(read_model(*again)->tensors == model->tensors);
    } else {
      ++refused;
      REQUIRE_FALSE(model.error().message.empty());
      REQUIRE(model.error().text().find('\n') == std::string::npos);
    }
  }
  CHECK(accepted > 100);
  CHECK(refused > 1000);
}
