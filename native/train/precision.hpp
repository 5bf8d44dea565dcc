// In which number types the networks run.
#pragma once

#include <cstdint>
#include <string>

#include <ATen/ATen.h>

#include "shared/model/result.hpp"

namespace avae {

/// Weights, losses, optimiser and averages are fp32 always.
enum class Precision : std::uint8_t {
  kFp32,
  kTf32,  ///< fp32 whose products CUDA rounds to ten bits of mantissa
  kBf16,  ///< convolutions and dense layers by autocast
};

/// "fp32", "tf32" or "bf16"; "" is bf16 on CUDA and fp32 on the CPU. Errors: another word; tf32 on a CPU.
Result<Precision> parse_precision(const std::string& name, at::Device device);
std::string_view precision_name(Precision precision);

/// Sets LibTorch's process-wide switches: TF32 as asked, cuDNN's choice of kernels by trial.
void apply_precision(Precision precision);

/// While it lives, networks run in bf16 on `device` if that is the precision.
class AutocastScope {
 public:
  AutocastScope(Precision precision, at::Device device);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  at::DeviceType device_;
  bool active_, was_enabled_ = false, cached_ = false;
  at::ScalarType was_ = at::kFloat;
};

}  // namespace avae
