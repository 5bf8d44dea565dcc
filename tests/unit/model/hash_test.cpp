#include "shared/model/hash.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "tests/unit/model/examples.hpp"

using namespace avae;
using avae::test::bytes_of;

TEST_CASE("sha256: gives the digests of FIPS 180-4 and NIST's examples") {
  const auto digest = [](std::string_view text) { return hex(sha256(bytes_of(text))); };
  CHECK(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(
      digest("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrst"
             "nopqrstu") == "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  CHECK(digest(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256: pads messages of every length around a block") {
  // SHA-256 of the concatenated digests of 0, 1, ... 130 bytes "x"; computed with Python's hashlib.
  std::vector<std::uint8_t> all;
  for (std::size_t size = 0; size <= 130; ++size) {
    const auto digest = sha256(bytes_of(std::string(size, 'x')));
    all.insert(all.end(), digest.begin(), digest.end());
  }
  CHECK(hex(sha256(all)) == "f5a018ad6f7a21c451c8d98b57699f4aeeb1976b88771c339c7ea60cd09c64ef");
}

TEST_CASE("crc32: gives the published check values") {
  CHECK(crc32({}) == 0u);
  CHECK(crc32(bytes_of("123456789")) == 0xcbf43926u);
  CHECK(crc32(bytes_of("The quick brown fox jumps over the lazy dog")) == 0x414fa339u);
}

TEST_CASE("hex: writes two lower-case digits a byte") {
  CHECK(hex(std::vector<std::uint8_t>{0x00, 0x0f, 0xa5, 0xff}) == "000fa5ff");
}

TEST_CASE("base64url: encodes and decodes the vectors of RFC 4648 without padding") {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, text] : vectors) {
    CHECK(base64url_encode(bytes_of(plain)) == text);
    REQUIRE(base64url_decode(text));
    CHECK(*base64url_decode(text) == bytes_of(plain));
  }
  CHECK(base64url_encode(std::vector<std::uint8_t>{0xfb, 0xef, 0xff}) == "--__");
}

TEST_CASE("base64url: every byte survives at every offset") {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  for (int offset = 0; offset < 3; ++offset) {
    bytes.insert(bytes.begin(), 0xa5);
    CHECK(*base64url_decode(base64url_encode(bytes)) == bytes);
  }
}

TEST_CASE("base64url: refuses what RFC 4648 does not produce") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"Zg==", "character 3 is not base64url"},
      {"Zm+v", "character 3 is not base64url"},
      {"Zm/v", "character 3 is not base64url"},
      {"Zm v", "character 3 is not base64url"},
      {"Zm9vY", "impossible length of 5"},
      {"Z", "impossible length of 1"},
      {"Zh", "stray bits"},
      {"Zm9", "stray bits"},
  };
  for (const auto& [text, fragment] : cases) {
    const auto bytes = base64url_decode(text);
    INFO(text);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().message.find(fragment) != std::string::npos);
  }
}

TEST_CASE("model_id: is the first eight bytes of the decoder's SHA-256") {
  CHECK(hex(model_id(bytes_of("abc"))) == "ba7816bf8f01cfea");
}
