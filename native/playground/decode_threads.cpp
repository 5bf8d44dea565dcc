#include "native/playground/decode_threads.hpp"

#include <algorithm>
#include <utility>

namespace avae {

DecodeThreads::DecodeThreads(std::vector<LoadedModel> models, int threads, std::function<void()> ready)
    : models_(std::move(models)), ready_(std::move(ready)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

DecodeThreads::~DecodeThreads() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void DecodeThreads::decode(const DecodeRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    queue_.insert({request});
  }
  wake_.notify_one();
}

void DecodeThreads::cancel(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  std::erase_if(queue_, [ticket](const Job& job) { return job.request.ticket == ticket; });
}

std::vector<DecodeThreads::Answer> DecodeThreads::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

void DecodeThreads::work() {
  Networks networks;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const DecodeRequest request = queue_.extract(queue_.begin()).value().request;
    lock.unlock();
    Answer answer = run(request, networks);
    lock.lock();
    answers_.push_back(std::move(answer));
    ready_();
  }
}

DecodeThreads::Answer DecodeThreads::run(const DecodeRequest& request, Networks& networks) const {
  auto network = networks.find(request.model);
  if (network == networks.end()) {
    const auto model = std::find_if(models_.begin(), models_.end(),
                                    [&request](const LoadedModel& one) { return one.info.id == request.model; });
    Result<Network> created = Network::create(model->weights);
    if (!created) return {request.ticket, {}, created.error().text()};
    network = networks.emplace(request.model, std::move(*created)).first;
  }
  const auto each = static_cast<std::size_t>(network->second.spec().pixels());
  Answer answer = {request.ticket, std::vector<std::uint8_t>(each * static_cast<std::size_t>(request.count)), {}};
  const Result<void> done = decode_pixels(network->second, request.latents, request.mixes, answer.pixels);
  if (!done) return {request.ticket, {}, done.error().text()};
  return answer;
}

}  // namespace avae
