#include "shared/infer/buffers.hpp"

#include <algorithm>
#include <cstdint>

namespace avae {

namespace {
constexpr std::size_t kAlignment = 64;
// XNN_EXTRA_BYTES is 16, or 128 on one architecture; rounding up adds at least this much.
constexpr std::size_t kExtraBytes = 128;
}  // namespace

bool Buffer::reserve(std::size_t floats) {
  if (floats <= floats_) return true;
  data_.reset();
  floats_ = 0;
  if (floats > (SIZE_MAX / 2) / sizeof(float)) return false;
  const std::size_t bytes = (floats * sizeof(float) + kExtraBytes + kAlignment - 1) / kAlignment * kAlignment;
  data_.reset(static_cast<float*>(std::aligned_alloc(kAlignment, bytes)));
  if (!data_) return false;
  // What is read past the end is multiplied by nothing, but it should not be a signalling NaN either.
  std::fill_n(data_.get(), bytes / sizeof(float), 0.0f);
  floats_ = floats;
  return true;
}

SlotPlan plan_slots(const std::vector<Layer>& layers) {
  const int count = static_cast<int>(layers.size());
  std::vector<int> last_reader(layers.size() + 1, -1);
  for (int i = 0; i < count; ++i) {
    last_reader[layers[i].input] = i;
    if (layers[i].input2 >= 0) last_reader[layers[i].input2] = i;
  }

  SlotPlan plan;
  plan.slot_of_value.assign(layers.size() + 1, -1);
  std::vector<int> free_slots;
  const auto place = [&](int value, int floats) {
    if (free_slots.empty()) {
      free_slots.push_back(static_cast<int>(plan.slot_floats.size()));
      plan.slot_floats.push_back(0);
    }
    // The smallest free slot that fits, else the largest, which grows.
    auto best = free_slots.begin();
    for (auto it = best + 1; it != free_slots.end(); ++it) {
      const int a = plan.slot_floats[*best];
      const int b = plan.slot_floats[*it];
      if (a >= floats ? (b >= floats && b < a) : b > a) best = it;
    }
    plan.slot_of_value[value] = *best;
    plan.slot_floats[*best] = std::max(plan.slot_floats[*best], floats);
    free_slots.erase(best);
  };

  if (count == 0) return plan;
  place(0, layers[0].in.size());
  for (int i = 0; i < count; ++i) {
    if (i + 1 < count) place(i + 1, layers[i].out.size());
    for (int value = 0; value <= i; ++value) {
      if (last_reader[value] == i) free_slots.push_back(plan.slot_of_value[value]);
    }
  }
  return plan;
}

}  // namespace avae
