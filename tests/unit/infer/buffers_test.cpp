#include "shared/infer/buffers.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <set>

#include "tests/parity/random_model.hpp"

using namespace avae;

TEST_CASE("buffers: are aligned and hold what was asked, with room to read past the end") {
  Buffer buffer;
  REQUIRE(buffer.reserve(5));
  REQUIRE(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
  buffer.data()[4] = 1.0f;
  float* before = buffer.data();
  REQUIRE(buffer.reserve(3));
  REQUIRE(buffer.data() == before);
  REQUIRE(buffer.data()[4 + 4] == 0.0f);
}

TEST_CASE("buffers: refuse a size that no memory has") {
  Buffer buffer;
  REQUIRE_FALSE(buffer.reserve(SIZE_MAX / 2));
  REQUIRE(buffer.data() == nullptr);
}

TEST_CASE("buffers: values alive at the same time have different slots, and slots are reused") {
  for (const ModelSpec& spec : test::example_specs()) {
    for (const Role role : {Role::kDecoder, Role::kEncoder, Role::kDiscriminator}) {
      const auto list = layers(spec, role);
      const SlotPlan plan = plan_slots(list);
      REQUIRE(plan.slot_of_value.size() == list.size() + 1);
      REQUIRE(plan.slot_of_value.back() == -1);
      REQUIRE(plan.slot_floats.size() <= 3);

      // Replays the layers: a slot must still hold the value that a layer reads.
      std::vector<int> holds(plan.slot_floats.size(), -1);
      const auto write = [&](int value, int floats) {
        const int slot = plan.slot_of_value[value];
        if (slot < 0) return;
        REQUIRE(plan.slot_floats[slot] >= floats);
        holds[slot] = value;
      };
      write(0, list.front().in.size());
      for (std::size_t i = 0; i < list.size(); ++i) {
        for (const int read : {list[i].input, list[i].input2}) {
          if (read < 0) continue;
          REQUIRE(holds[plan.slot_of_value[read]] == read);
          REQUIRE(plan.slot_of_value[read] != plan.slot_of_value[i + 1]);
        }
        write(static_cast<int>(i) + 1, list[i].out.size());
      }
    }
  }
}
