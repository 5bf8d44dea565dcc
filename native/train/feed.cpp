#include "native/train/feed.hpp"

#include <algorithm>

#include <c10/core/DeviceGuard.h>

namespace avae {
namespace {

std::uint32_t count_of(const Dataset& data) { return static_cast<std::uint32_t>(data.size()); }
std::uint32_t batch_of(const Avae& model) { return static_cast<std::uint32_t>(model.options().batch); }

}  // namespace

Feed::Feed(const Dataset& data, const Avae& model)
    : data_(data),
      spec_(model.spec()),
      device_(model.device()),
      seed_(model.options().seed),
      order_(seed_, count_of(data), batch_of(model)),
      first_epoch_(seed_, count_of(data), batch_of(model)),
      rows_(model.processes().rows(order_.batch_size())),
      all_rows_(model.processes().alone()) {
  for (std::size_t i = 0; i < unit_.size(); ++i) unit_[i] = static_cast<float>(i) / 255.0f;
  if (device_.is_cuda())
    device_pixels_ = at::from_blob(const_cast<std::uint8_t*>(data.pixels.data()),
                                   {static_cast<std::int64_t>(data.size()), data.height, data.width, data.channels},
                                   at::TensorOptions(at::kByte))
                         .to(device_);
  thread_ = std::thread([this] { work(); });
}

Feed::~Feed() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Feed::fill(std::int64_t step, bool in_place, Avae::Pass& pass) {
  const Prepared next = take(step);
  const auto set = [&](at::Tensor& target, const at::Tensor& host) {
    if (!host.defined()) return;
    if (in_place) {
      target.copy_(host, /*non_blocking=*/true);
    } else {
      target = host.to(device_, /*non_blocking=*/true);
    }
  };
  if (device_.is_cuda()) {
    const at::Tensor index = next.index.to(device_, /*non_blocking=*/true);
    const at::Tensor x = device_pixels_.index_select(0, index).to(at::kFloat).div_(255).permute({0, 3, 1, 2});
    if (in_place) {
      pass.x.copy_(x);
    } else {
      pass.x = x;
    }
  } else {
    set(pass.x, next.x);
  }
  set(pass.mix, next.mix);
  set(pass.noise.posterior, next.noise.posterior);
  set(pass.noise.prior, next.noise.prior);
  set(pass.noise.class_kept, next.noise.class_kept);
  set(pass.noise.augmentation, next.noise.augmentation);
}

std::pair<at::Tensor, at::Tensor> Feed::whole_batch(std::int64_t index) {
  const auto indices = first_epoch_.indices(0, static_cast<std::uint32_t>(index));
  const at::Tensor mix = mix_of(indices);
  return {pixels_of(indices).to(device_), mix.defined() ? mix.to(device_) : mix};
}

at::Tensor Feed::pixels_of(std::span<const std::uint32_t> indices) const {
  const std::size_t size = data_.pixels.size() / data_.size();
  const at::Tensor x =
      at::empty({static_cast<std::int64_t>(indices.size()), data_.height, data_.width, data_.channels});
  float* to = x.data_ptr<float>();
  // A loop of its own: LibTorch would start a second team of threads for this one.
  for (const std::uint32_t index : indices) {
    const std::uint8_t* from = data_.pixels.data() + index * size;
    to = std::transform(from, from + size, to, [this](std::uint8_t byte) { return unit_[byte]; });
  }
  return x.permute({0, 3, 1, 2});
}

at::Tensor Feed::mix_of(std::span<const std::uint32_t> indices) const {
  if (data_.classes == 0) return {};
  const at::Tensor mix = at::zeros({static_cast<std::int64_t>(indices.size()), data_.classes});
  float* row = mix.data_ptr<float>();
  for (const std::uint32_t index : indices) {
    row[data_.labels[index]] = 1;
    row += data_.classes;
  }
  return mix;
}

Feed::Prepared Feed::prepare(std::int64_t step) {
  const auto position = static_cast<std::uint64_t>(step), per_epoch = std::uint64_t{order_.batches_per_epoch()};
  const auto batch = order_.indices(position / per_epoch, static_cast<std::uint32_t>(position % per_epoch));
  std::vector<std::uint32_t> indices;
  for (const std::int64_t row : rows_) indices.push_back(batch[static_cast<std::size_t>(row)]);
  Prepared next{.step = step, .x = {}, .mix = mix_of(indices), .index = {}, .noise = {}};
  // Numbers are drawn for the whole batch, so that a picture gets the same ones whichever process has it.
  next.noise = draw_noise(seed_, step, order_.batch_size(), spec_, at::kCPU);
  if (device_.is_cuda()) {
    next.index = at::empty({static_cast<std::int64_t>(indices.size())}, at::TensorOptions(at::kLong));
    std::copy(indices.begin(), indices.end(), next.index.data_ptr<std::int64_t>());
  } else {
    next.x = pixels_of(indices);
  }
  const at::Tensor mine = at::tensor(rows_, at::TensorOptions(at::kLong));
  for (at::Tensor* numbers :
       {&next.noise.posterior, &next.noise.prior, &next.noise.class_kept, &next.noise.augmentation})
    if (!all_rows_) *numbers = numbers->index_select(0, mine);
  if (device_.is_cuda()) {  // copies from pinned memory are not waited for
    for (at::Tensor* tensor : {&next.mix, &next.index, &next.noise.posterior, &next.noise.prior, &next.noise.class_kept,
                               &next.noise.augmentation})
      if (tensor->defined()) *tensor = tensor->pin_memory();
  }
  return next;
}

Feed::Prepared Feed::take(std::int64_t step) {
  std::unique_lock lock(mutex_);
  if (!ready_ || ready_->step != step) {
    changed_.wait(lock, [&] { return !wanted_; });  // mostly for this very step
    if (!failure_ && (!ready_ || ready_->step != step)) {
      ready_.reset();
      wanted_ = step;
      changed_.notify_all();
      changed_.wait(lock, [&] { return !wanted_; });
    }
  }
  if (failure_) std::rethrow_exception(failure_);
  Prepared taken = std::move(*ready_);
  ready_.reset();
  wanted_ = step + 1;
  changed_.notify_all();
  return taken;
}

void Feed::work() {
  const c10::DeviceGuard guard(device_);  // memory is pinned for this GPU
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ending_ || wanted_; });
    if (ending_) return;
    const std::int64_t step = *wanted_;
    lock.unlock();
    std::optional<Prepared> prepared;
    std::exception_ptr failure;
    try {
      prepared = prepare(step);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    ready_ = std::move(prepared);
    failure_ = failure;
    wanted_.reset();
    changed_.notify_all();
  }
}

}  // namespace avae
