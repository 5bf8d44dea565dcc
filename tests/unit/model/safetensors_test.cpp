#include "shared/model/safetensors.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstring>

#include "tests/unit/model/examples.hpp"

using namespace avae;
using test::bytes_of;
using test::file_of;

namespace {

constexpr std::string_view kOneTensor = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

// A file with these two entries' JSON and 16 bytes of data.
std::vector<std::uint8_t> two(const std::string& a, const std::string& b) {
  return file_of(R"({"a":)" + a + R"(,"b":)" + b + "}", 16);
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

std::string f32(const std::string& shape, const std::string& offsets) { return entry("\"F32\"", shape, offsets); }

}  // namespace

TEST_CASE("safetensors: what is written comes back, in order, with an aligned header") {
  const auto a = bytes_of("abcdefgh"), b = bytes_of("xyz");
  const std::vector<SafetensorsTensor> tensors = {{"second", DType::kF32, {2, 1}, a},
                                                  {"first \"quoted\" \xc3\xa9", DType::kU8, {3}, b},
                                                  {"empty", DType::kI64, {0, 5}, {}},
                                                  {"scalar", DType::kI64, {}, a}};
  const std::map<std::string, std::string> metadata = {{"k", "v"}, {"json", R"({"a":"\n"})"}, {"", ""}};
  const auto bytes = write_safetensors(tensors, metadata);
  CHECK(bytes[0] % 8 == 0);
  const auto file = parse_safetensors(bytes);
  REQUIRE(file);
  CHECK(file->metadata == metadata);
  REQUIRE(file->tensors.size() == tensors.size());
  for (const SafetensorsTensor& tensor : tensors) {
    const SafetensorsEntry* read = file->find(tensor.name);
    REQUIRE(read);
    CHECK(read->dtype == tensor.dtype);
    CHECK(read->shape == tensor.shape);
    CHECK(std::vector(read->data.begin(), read->data.end()) == std::vector(tensor.data.begin(), tensor.data.end()));
  }
  CHECK(file->find("third") == nullptr);
}

TEST_CASE("safetensors: a file without tensors or metadata is a file") {
  const auto bytes = write_safetensors({}, {});
  CHECK(bytes.size() == 16);
  const auto file = parse_safetensors(bytes);
  REQUIRE(file);
  CHECK(file->tensors.empty());
  CHECK(file->metadata.empty());
}

TEST_CASE("safetensors: reads the bytes that Python's library wrote") {
  // save({"b": f16 [[1,2],[3,4]], "a": f32 [1.5,-2], "n": i64 [7,-1], "u": u8 [1,2,255], "s": f32 3, "e": f32 [0,3]},
  //      metadata={"who": "python", "uni": "Größe"}) of safetensors 0.5
  auto bytes = file_of(
      "{\"__metadata__\":{\"who\":\"python\",\"uni\":\"Gr\xc3\xb6\xc3\x9f"
      R"(e"},"n":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[2],"data_offsets":[16,24]},)"
      R"("e":{"dtype":"F32","shape":[0,3],"data_offsets":[24,24]},"s":{"dtype":"F32","shape":[],"data_offsets":[24,28]},)"
      R"("b":{"dtype":"F16","shape":[2,2],"data_offsets":[28,36]},"u":{"dtype":"U8","shape":[3],"data_offsets":[36,39]}}    )",
      0);
  const std::uint8_t data[] = {7,    0,    0,    0,    0, 0,    0,    0,    0xff, 0xff, 0xff, 0xff, 0xff,
                               0xff, 0xff, 0xff, 0,    0, 0xc0, 0x3f, 0,    0,    0,    0xc0, 0,    0,
                               0x40, 0x40, 0,    0x3c, 0, 0x40, 0,    0x42, 0,    0x44, 1,    2,    0xff};
  bytes.insert(bytes.end(), std::begin(data), std::end(data));
  REQUIRE(bytes.size() == 431);
  const auto file = parse_safetensors(bytes);
  REQUIRE(file);
  CHECK(file->metadata.at("uni") ==
        "Gr\xc3\xb6\xc3\x9f"
        "e");
  CHECK(file->tensors.size() == 6);
  float a[2];
  std::memcpy(a, file->find("a")->data.data(), sizeof a);
  CHECK(a[0] == 1.5f);
  CHECK(a[1] == -2.0f);
  CHECK(file->find("b")->shape == std::vector<std::int64_t>{2, 2});
  CHECK(half_to_float(static_cast<std::uint16_t>(file->find("b")->data[6] | file->find("b")->data[7] << 8)) == 4.0f);
  CHECK(file->find("s")->shape.empty());
  CHECK(file->find("e")->data.empty());
}

TEST_CASE("safetensors: tensors may be listed in any order of their offsets") {
  const auto file = parse_safetensors(two(f32("[2]", "[8,16]"), f32("[2]", "[0,8]")));
  REQUIRE(file);
  CHECK(file->tensors[0].name == "b");
  CHECK(file->tensors[1].name == "a");
}

TEST_CASE("safetensors: refuses malformed files and names the fault") {
  const auto good = file_of(kOneTensor, 8);
  REQUIRE(parse_safetensors(good));
  const auto cut = [&](std::size_t size) { return std::vector(good.begin(), good.begin() + static_cast<long>(size)); };
  const auto one = [](const std::string& text, std::size_t data = 8) { return file_of("{\"a\":" + text + "}", data); };
  auto long_header = good;
  long_header[3] = 1;
  auto huge_header = good;
  std::fill_n(huge_header.begin(), 8, std::uint8_t{0xff});
  struct Case {
    const char* what;
    std::vector<std::uint8_t> bytes;
    const char* fragment;
  };
  const Case cases[] = {
      {"no bytes", {}, "truncated"},
      {"seven bytes", cut(7), "truncated: 7 bytes do not hold the header's length"},
      {"the length alone", cut(8), "truncated: the header takes"},
      {"half a header", cut(30), "truncated: the header takes"},
      {"no data", cut(good.size() - 8), "truncated: tensor \"a\" ends at byte 8"},
      {"a byte less", cut(good.size() - 1), "truncated: tensor \"a\" ends at byte 8"},
      {"a length beyond the limit", long_header, "header too long: 16777"},
      {"a length of 2^64 - 1", huge_header, "header too long: 18446744073709551615"},
      {"an empty header", file_of("", 0), "does not begin with {"},
      {"a space first", file_of(" {}", 0), "does not begin with {"},
      {"an array", file_of("[]", 0), "does not begin with {"},
      {"an open object", file_of("{\"a\":", 0), "JSON is malformed"},
      {"rubbish after the object", file_of("{}x", 0), "JSON is malformed"},
      {"NUL padding", file_of(std::string("{}\0\0", 4), 0), "NUL"},
      {"invalid UTF-8", file_of("{\"\xff\":1}", 0), "JSON is malformed"},
      {"deep nesting", one("[[[[1]]]]"), "deeper than 4"},
      {"a name twice", file_of("{\"a\":" + f32("[2]", "[0,8]") + ",\"a\":" + f32("[2]", "[0,8]") + "}", 8),
       "\"a\" twice"},
      {"metadata twice", file_of(R"({"__metadata__":{},"__metadata__":{}})", 0), "\"__metadata__\" twice"},
      {"a metadata key twice", file_of(R"({"__metadata__":{"k":"1","k":"2"}})", 0), "\"k\" twice"},
      {"a dtype twice", one(R"({"dtype":"F32","dtype":"F16","shape":[2],"data_offsets":[0,8]})"), "\"dtype\" twice"},
      {"metadata that is text", file_of(R"({"__metadata__":"x"})", 0), "__metadata__ is not an object"},
      {"metadata that is a number", file_of(R"({"__metadata__":{"k":1}})", 0), "\"k\" is not a string"},
      {"a tensor that is a number", one("7"), "\"a\" is not an object"},
      {"no dtype", one(R"({"shape":[2],"data_offsets":[0,8]})"), "has no dtype"},
      {"no shape", one(R"({"dtype":"F32","data_offsets":[0,8]})"), "has no shape"},
      {"no offsets", one(R"({"dtype":"F32","shape":[2]})"), "has no data_offsets"},
      {"a key too many", one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1})"), "unknown key"},
      {"an unknown dtype", one(entry("\"F8_E4M3\"", "[8]", "[0,8]")), "unknown dtype \"F8_E4M3\""},
      {"a dtype in lower case", one(entry("\"f32\"", "[2]", "[0,8]")), "unknown dtype \"f32\""},
      {"a dtype that is a number", one(entry("32", "[2]", "[0,8]")), "dtype that is not a string"},
      {"a shape that is a number", one(f32("2", "[0,8]")), "shape that is not an array"},
      {"a shape of text", one(f32("[\"2\"]", "[0,8]")), "something other than integers"},
      {"a fractional shape", one(f32("[2.0]", "[0,8]")), "something other than integers"},
      {"a negative shape", one(f32("[-2]", "[0,8]")), "negative shape"},
      {"a shape of two negatives", one(f32("[-1,-2]", "[0,8]")), "negative shape"},
      {"an overflowing shape", one(f32("[4294967296,4294967296]", "[0,8]")), "shape that overflows"},
      {"a shape that overflows to the right size", one(f32("[4611686018427387906]", "[0,8]")), "shape that overflows"},
      {"a shape beyond 64 bits", one(f32("[18446744073709551618]", "[0,8]")), "something other than integers"},
      {"one offset", one(f32("[2]", "[0]")), "not a pair"},
      {"three offsets", one(f32("[2]", "[0,8,16]")), "not a pair"},
      {"offsets that are text", one(f32("[2]", "\"0,8\"")), "not a pair"},
      {"a negative offset", one(f32("[2]", "[-8,0]")), "integers from 0 up"},
      {"a fractional offset", one(f32("[2]", "[0,8.5]")), "integers from 0 up"},
      {"offsets out of order", one(f32("[2]", "[8,0]")), "offsets out of order"},
      {"a shape larger than its bytes", one(f32("[3]", "[0,8]")), "needs 12 bytes"},
      {"a shape smaller than its bytes", one(f32("[1]", "[0,8]")), "needs 4 bytes"},
      {"a dtype of another size", one(entry("\"F16\"", "[2]", "[0,8]")), "needs 4 bytes"},
      {"a hole at the start", one(f32("[2]", "[8,16]"), 16), "hole of 8 bytes before tensor \"a\""},
      {"a hole in the middle", two(f32("[1]", "[0,4]"), f32("[2]", "[8,16]")), "hole of 4 bytes before tensor \"b\""},
      {"an overlap", two(f32("[3]", "[0,12]"), f32("[2]", "[8,16]")), "\"b\" overlaps"},
      {"the same bytes twice", two(f32("[4]", "[0,16]"), f32("[4]", "[0,16]")), "overlaps"},
      {"an end beyond the file", one(f32("[4]", "[0,16]")), "truncated: tensor \"a\" ends at byte 16"},
      {"bytes after the last tensor", one(f32("[2]", "[0,8]"), 9), "1 bytes after the last tensor"},
      {"data without tensors", file_of("{}", 4), "4 bytes after the last tensor"},
  };
  for (const Case& c : cases) {
    const auto file = parse_safetensors(c.bytes);
    INFO(c.what << " -> " << (file ? "accepted" : file.error().text()));
    CHECK_FALSE(file);
    if (!file) CHECK(file.error().message.find(c.fragment) != std::string::npos);
    if (!file) CHECK(file.error().message.starts_with("safetensors: "));
  }
}
