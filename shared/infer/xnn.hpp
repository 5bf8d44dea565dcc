// What every use of XNNPACK here needs. Included by .cpp files only.
#pragma once

#include <xnnpack.h>

#include <memory>
#include <span>

#include "shared/infer/buffers.hpp"
#include "shared/model/layers.hpp"
#include "shared/model/result.hpp"

namespace avae {

struct DeleteXnnOperator {
  void operator()(xnn_operator* op) const { xnn_delete_operator(op); }
};
using XnnOperator = std::unique_ptr<xnn_operator, DeleteXnnOperator>;

/// Nothing for success, otherwise what XNNPACK made of `layer`.
Result<void> check_xnn(xnn_status status, const Layer& layer);

/// Once per process; later calls return the first one's answer. Error: the processor lacks what XNNPACK needs.
Result<void> start_xnnpack();

/// A copy with room to read past its end: XNNPACK does that while packing weights. Error: out of memory.
Result<Buffer> padded(std::span<const float> values);

}  // namespace avae
