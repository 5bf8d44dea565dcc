#include "native/train/precision.hpp"

#include <ATen/autocast_mode.h>

namespace avae {

Result<Precision> parse_precision(const std::string& name, at::Device device) {
  if (name.empty()) return device.is_cuda() ? Precision::kBf16 : Precision::kFp32;
  if (name == "fp32") return Precision::kFp32;
  if (name == "bf16") return Precision::kBf16;
  if (name != "tf32") return fail("no precision is called '" + name + "'", "use fp32, tf32 or bf16");
  if (!device.is_cuda()) return fail("a CPU has no tf32", "use --precision fp32 or bf16");
  return Precision::kTf32;
}

std::string_view precision_name(Precision precision) {
  return precision == Precision::kFp32 ? "fp32" : precision == Precision::kTf32 ? "tf32" : "bf16";
}

void apply_precision(Precision precision) {
  at::Context& context = at::globalContext();
  context.setAllowTF32CuDNN(precision != Precision::kFp32);
  context.setAllowTF32CuBLAS(precision != Precision::kFp32);
  context.setBenchmarkCuDNN(true);
}

AutocastScope::AutocastScope(Precision precision, at::Device device)
    : device_(device.type()), active_(precision == Precision::kBf16) {
  if (!active_) return;
  was_enabled_ = at::autocast::is_autocast_enabled(device_);
  was_ = at::autocast::get_autocast_dtype(device_);
  cached_ = at::autocast::is_autocast_cache_enabled();
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  // A cached copy of a weight would outlive its step, and a captured graph would keep reading it.
  at::autocast::set_autocast_cache_enabled(false);
}

AutocastScope::~AutocastScope() {
  if (!active_) return;
  at::autocast::set_autocast_enabled(device_, was_enabled_);
  at::autocast::set_autocast_dtype(device_, was_);
  at::autocast::set_autocast_cache_enabled(cached_);
}

}  // namespace avae
