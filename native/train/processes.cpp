#include "native/train/processes.hpp"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "native/train/process_group.hpp"

namespace avae {
namespace {

/// The first of the names that is set, and its value; {"", ""} when none is.
std::pair<std::string, std::string> variable(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* value = std::getenv(name)) return {name, value};
  return {};
}

Result<int> number(const std::pair<std::string, std::string>& variable, int least, int most) {
  const std::string& text = variable.second;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    return fail(variable.first + "=" + text + " is no whole number from " + std::to_string(least) + " to " +
                    std::to_string(most),
                "start with torchrun or mpirun, or unset it to train in one process");
  return value;
}

Result<Launch> launch_of_environment() {
  Launch launch;
  const auto size = variable({"WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE"});
  if (size.first.empty()) return launch;
  const auto count = number(size, 1, 65536);
  if (!count) return tl::unexpected(count.error());
  if (*count == 1) return launch;
  launch.size = *count;
  const auto place = variable({"RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK"}), address = variable({"MASTER_ADDR"}),
             door = variable({"MASTER_PORT"});
  for (const auto& [name, found] : {std::pair{"RANK", &place}, {"MASTER_ADDR", &address}, {"MASTER_PORT", &door}})
    if (found->first.empty())
      return fail(size.first + " is " + size.second + " but " + name + " is not set",
                  "torchrun sets all of them; with mpirun add -x MASTER_ADDR=HOST -x MASTER_PORT=PORT of process 0");
  const auto rank = number(place, 0, launch.size - 1);
  if (!rank) return tl::unexpected(rank.error());
  const auto port = number(door, 1, std::numeric_limits<std::uint16_t>::max());
  if (!port) return tl::unexpected(port.error());
  launch.rank = *rank;
  launch.address = address.second;
  launch.port = static_cast<std::uint16_t>(*port);
  if (variable({"TORCHELASTIC_USE_AGENT_STORE"}).second == "True")
    launch.store_prefix = "/worker/attempt_" + variable({"TORCHELASTIC_RESTART_COUNT"}).second;
  return launch;
}

}  // namespace

Result<Processes> Processes::join(at::Device device) {
  const auto launch = launch_of_environment();
  if (!launch) return tl::unexpected(launch.error());
  Processes processes;
  if (launch->size == 1) return processes;
  auto group = connect(*launch, device);
  if (!group) return tl::unexpected(group.error());
  processes.group_ = std::move(*group);
  processes.rank_ = launch->rank;
  processes.size_ = launch->size;
  return processes;
}

std::vector<std::int64_t> Processes::rows(std::int64_t batch) const {
  std::vector<std::int64_t> rows;
  if (alone()) {
    for (std::int64_t i = 0; i < batch; ++i) rows.push_back(i);
    return rows;
  }
  const std::int64_t half = batch / 2, share = half / size_;
  for (const std::int64_t first : {std::int64_t{0}, half})
    for (std::int64_t i = 0; i < share; ++i) rows.push_back(first + rank_ * share + i);
  return rows;
}

void Processes::mean(const at::Tensor& values) const {
  if (alone()) return;
  group_->sum(values);
  at::Tensor(values).div_(size_);
}

void Processes::sum_on_host(const at::Tensor& values) const {
  if (!alone()) group_->sum_on_host(values);
}

void Processes::broadcast(const at::Tensor& values) const {
  if (!alone()) group_->broadcast(values);
}

at::Tensor Processes::gather(const at::Tensor& rows) const {
  if (alone()) return rows;
  const std::int64_t n = rows.size(0), features = rows.size(1);
  const at::Tensor all = at::empty({size_, n, features}, rows.options());
  group_->gather(all, rows.contiguous());
  return all.view({size_, 2, n / 2, features}).transpose(0, 1).reshape({size_ * n, features});
}

int local_rank() {
  const auto place = variable({"LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID"});
  return number(place, 0, 1023).value_or(0);
}

}  // namespace avae
