#include "native/train/process_group.hpp"

#include <chrono>
#include <cstdlib>
#include <exception>

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef AVAE_WITH_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace avae {
namespace {

constexpr std::chrono::milliseconds kJoinTimeout = std::chrono::minutes(1);
/// A process that dies is noticed by its closed connection; this is for one that hangs. Process 0 writes checkpoints and
/// draws samples meanwhile, which large networks make long.
constexpr std::chrono::milliseconds kTimeout = std::chrono::hours(1);

using Backend = c10::intrusive_ptr<c10d::Backend>;
using Tensors = std::vector<at::Tensor>;

bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "127.0.0.1" || address == "::1";
}

Backend gloo(const c10::intrusive_ptr<c10d::Store>& store, const Launch& launch) {
  auto options = c10d::ProcessGroupGloo::Options::create(kTimeout);
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  options->devices.push_back(interface ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                             : is_loopback(launch.address)
                                 ? c10d::ProcessGroupGloo::createDeviceForHostname("localhost")
                                 : c10d::ProcessGroupGloo::createDefaultDevice());
  return c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", store), launch.rank,
                                                     launch.size, options);
}

class C10dGroup : public ProcessGroup {
 public:
  C10dGroup(c10::intrusive_ptr<c10d::Store> store, Backend tensors, Backend host)
      : store_(std::move(store)), tensors_(std::move(tensors)), host_(std::move(host)) {}

  void sum(const at::Tensor& values) override { sum_by(*tensors_, values); }
  void sum_on_host(const at::Tensor& values) override { sum_by(*host_, values); }
  void broadcast(const at::Tensor& values) override {
    Tensors list{values};
    tensors_->broadcast(list)->wait();
  }
  void gather(const at::Tensor& all, const at::Tensor& own) override {
    std::vector<Tensors> outputs{all.unbind(0)};
    Tensors inputs{own};
    tensors_->allgather(outputs, inputs)->wait();
  }

 private:
  static void sum_by(c10d::Backend& backend, const at::Tensor& values) {
    Tensors list{values};
    backend.allreduce(list)->wait();
  }

  c10::intrusive_ptr<c10d::Store> store_;
  Backend tensors_, host_;
};

}  // namespace

Result<std::unique_ptr<ProcessGroup>> connect(const Launch& launch, at::Device device) {
#ifndef AVAE_WITH_NCCL
  if (device.is_cuda())
    return fail("this build trains on one GPU only, because NCCL's header was missing",
                "put nccl.h on CMAKE_PREFIX_PATH and configure again; or unset WORLD_SIZE");
#endif
  try {
    c10d::TCPStoreOptions options;
    options.port = launch.port;
    options.isServer = launch.rank == 0 && launch.store_prefix.empty();
    options.numWorkers = static_cast<std::size_t>(launch.size);
    options.waitWorkers = launch.store_prefix.empty();
    options.timeout = kJoinTimeout;
    options.useLibUV = false;  // Debian's LibTorch has none
    c10::intrusive_ptr<c10d::Store> store = c10::make_intrusive<c10d::TCPStore>(launch.address, options);
    if (!launch.store_prefix.empty()) store = c10::make_intrusive<c10d::PrefixStore>(launch.store_prefix, store);
    const Backend host = gloo(store, launch);
    Backend tensors = host;
#ifdef AVAE_WITH_NCCL
    if (device.is_cuda())
      tensors = c10::make_intrusive<c10d::ProcessGroupNCCL>(c10::make_intrusive<c10d::PrefixStore>("nccl", store),
                                                            launch.rank, launch.size);
#endif
    return std::make_unique<C10dGroup>(store, tensors, host);
  } catch (const std::exception& error) {
    const std::string reason = error.what();
    return fail("the " + std::to_string(launch.size) + " processes could not meet at " + launch.address + ":" +
                    std::to_string(launch.port) + ": " + reason.substr(0, reason.find('\n')),
                "start all of them with the same MASTER_ADDR and MASTER_PORT, within a minute");
  }
}

}  // namespace avae
