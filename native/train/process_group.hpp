// One process's connection to the others; process_group_c10d.cpp is LibTorch's, process_group_none.cpp for builds
// without.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <ATen/ATen.h>

#include "shared/model/result.hpp"

namespace avae {

/// What a launcher has put into the environment.
struct Launch {
  int rank = 0, size = 1;
  std::string address;     ///< MASTER_ADDR: where process 0 is
  std::uint16_t port = 0;  ///< MASTER_PORT
  /// torchrun keeps the store at that port itself; then the prefix of this attempt's keys, else empty.
  std::string store_prefix;
};

/// Collective operations on contiguous tensors, in place. All throw std::exception when another process has died.
class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;
  virtual void sum(const at::Tensor& values) = 0;
  virtual void sum_on_host(const at::Tensor& values) = 0;
  virtual void broadcast(const at::Tensor& values) = 0;
  /// all [size, ...] becomes everyone's own [...].
  virtual void gather(const at::Tensor& all, const at::Tensor& own) = 0;
};

/// Waits until all processes are there, a minute at most. `device` is where tensors are.
Result<std::unique_ptr<ProcessGroup>> connect(const Launch& launch, at::Device device);

}  // namespace avae
