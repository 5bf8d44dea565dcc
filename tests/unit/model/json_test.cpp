#include "shared/model/json.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace avae;
using Kind = JsonValue::Kind;

TEST_CASE("json: keeps kinds, order and values") {
  const auto value =
      parse_json(R"( {"b": [1, -2, 2.5, true, null], "a": "\u00e9\n", "c": {}, "big": 9223372036854775807} )");
  REQUIRE(value);
  CHECK(value->keys == std::vector<std::string>{"b", "a", "c", "big"});
  const JsonValue* list = value->find("b");
  REQUIRE(list);
  REQUIRE(list->items.size() == 5);
  CHECK(list->items[0].integer == 1);
  CHECK(list->items[1].integer == -2);
  CHECK(list->items[2].is(Kind::kNumber));
  CHECK(list->items[2].number == 2.5);
  CHECK(list->items[3].boolean);
  CHECK(list->items[4].is(Kind::kNull));
  CHECK(value->find("a")->text == "\xc3\xa9\n");
  CHECK(value->find("c")->is(Kind::kObject));
  CHECK(value->find("big")->integer == INT64_MAX);
  CHECK(value->find("none") == nullptr);
}

TEST_CASE("json: takes an integer beyond 64 bits for a number, not for a wrapped integer") {
  for (const char* text : {"9223372036854775808", "18446744073709551616", "1e3", "1.0"}) {
    INFO(text);
    REQUIRE(parse_json(text));
    CHECK(parse_json(text)->is(Kind::kNumber));
  }
}

TEST_CASE("json: refuses what is malformed, hidden or beyond a limit") {
  const std::pair<std::string, std::string> cases[] = {
      {"", "malformed at byte 0"},
      {"{", "malformed"},
      {"{} x", "malformed at byte 3"},
      {std::string("{}\0x", 4), "NUL"},
      {std::string("[1,\0]", 5), "malformed"},
      {R"({"a":1,})", "malformed"},
      {R"({a:1})", "malformed"},
      {"[01]", "malformed"},
      {"[NaN]", "malformed"},
      {"[1e999]", "malformed"},
      {"\"\x01\"", "malformed"},
      {"\"\xff\"", "malformed"},
      {"\"\xc0\x80\"", "malformed"},
      {R"("\ud800")", "malformed"},
      {"\xef\xbb\xbf{}", "malformed"},
      {"// comment\n{}", "malformed"},
      {R"({"a":1,"b":2,"a":3})", "the key \"a\" twice"},
      {R"({"a":1,"\u0061":3})", "the key \"a\" twice"},
      {R"([{"x":{"y":0,"y":0}}])", "the key \"y\" twice"},
      {"[[[[[]]]]]", "deeper than 4"},
      {R"({"a":{"a":{"a":{"a":{}}}}})", "deeper than 4"},
      {std::string(100000, '['), "longer than 65536 bytes"},
  };
  for (const auto& [text, fragment] : cases) {
    const auto value = parse_json(text);
    INFO(text.substr(0, 40) << " -> " << (value ? "accepted" : value.error().text()));
    REQUIRE_FALSE(value);
    CHECK(value.error().message.find(fragment) != std::string::npos);
  }
  std::string many = "[0";
  for (int i = 0; i < 20; ++i) many += ",0";
  CHECK_FALSE(parse_json(many + "]", {.bytes = 1000, .depth = 4, .values = 20}));
  CHECK(parse_json(many + "]", {.bytes = 1000, .depth = 4, .values = 22}));
}

TEST_CASE("json: ten thousand open brackets within the size limit do no harm") {
  const auto value = parse_json(std::string(10000, '['), {.bytes = 1 << 20, .depth = 20000});
  CHECK_FALSE(value);
}

TEST_CASE("json: tells UTF-8 from other bytes") {
  CHECK(is_utf8(""));
  CHECK(
      is_utf8("Gr\xc3\xb6\xc3\x9f"
              "e \xf0\x9f\x91\x9f"));
  CHECK_FALSE(is_utf8("\xff"));
  CHECK_FALSE(is_utf8("\xc3"));
  CHECK_FALSE(is_utf8("\xed\xa0\x80"));
}
