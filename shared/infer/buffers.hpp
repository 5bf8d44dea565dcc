// Memory of a network: aligned blocks, and which values of the layer list may share one.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <vector>

#include "shared/model/layers.hpp"

namespace avae {

/// Grows, never shrinks; contents do not survive growth. 64-byte aligned, with room to read past the end as XNNPACK
/// does.
class Buffer {
 public:
  /// At least `floats` floats. False when memory is out; the buffer is empty then.
  bool reserve(std::size_t floats);
  float* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* data) const { std::free(data); }
  };
  std::unique_ptr<float, Free> data_;
  std::size_t floats_ = 0;
};

/// Which block each value lives in. The last value is the caller's and has no slot (-1).
struct SlotPlan {
  std::vector<int> slot_of_value;  ///< layers.size() + 1 entries
  std::vector<int> slot_floats;    ///< floats per sample of each slot
};

/// A slot is free again after the last reader of its value; a layer never writes a slot that it reads.
SlotPlan plan_slots(const std::vector<Layer>& layers);

}  // namespace avae
