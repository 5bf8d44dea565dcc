#include "native/playground/decode_threads.hpp"

#include <algorithm>
#include <utility>

#include "shared/infer/read_picture.hpp"

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

void DecodeThreads::decode(const DecodeRequest& request) { add({request.priority, request.ticket, request}); }

void DecodeThreads::judge(const JudgeRequest& request) { add({Priority::kGallery, request.ticket, request}); }

bool DecodeThreads::reads(const ModelId& model) const { return model_of(model).encoder.has_value(); }

void DecodeThreads::encode(const EncodeRequest& request) { add({Priority::kHover, request.ticket, request}); }

const LoadedModel& DecodeThreads::model_of(const ModelId& model) const {
  return *std::find_if(models_.begin(), models_.end(),
                       [&model](const LoadedModel& one) { return one.info.id == model; });
}

void DecodeThreads::add(Job job) {
  {
    const std::lock_guard lock(mutex_);
    queue_.insert(std::move(job));
  }
  wake_.notify_one();
}

void DecodeThreads::cancel(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  std::erase_if(queue_, [ticket](const Job& job) { return job.ticket == ticket; });
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
    const Job job = queue_.extract(queue_.begin()).value();
    lock.unlock();
    Answer answer = std::visit([&](const auto& request) { return run(request, networks); }, job.request);
    lock.lock();
    answers_.push_back(std::move(answer));
    ready_();
  }
}

Result<Network*> DecodeThreads::network(const ModelId& model, Role role, Networks& networks) const {
  const std::pair key(model, role);
  auto network = networks.find(key);
  if (network == networks.end()) {
    const LoadedModel& loaded = model_of(model);
    Result<Network> created = Network::create(role == Role::kDecoder   ? loaded.weights
                                              : role == Role::kEncoder ? *loaded.encoder
                                                                       : *loaded.discriminator);
    if (!created) return tl::unexpected<Error>(created.error());
    network = networks.emplace(key, std::move(*created)).first;
  }
  return &network->second;
}

DecodeThreads::Answer DecodeThreads::run(const DecodeRequest& request, Networks& networks) const {
  Answer answer;
  answer.ticket = request.ticket;
  const Result<Network*> decoder = network(request.model, Role::kDecoder, networks);
  Result<void> done;
  if (decoder) {
    const auto each = static_cast<std::size_t>((*decoder)->spec().pixels());
    answer.pixels.resize(each * static_cast<std::size_t>(request.count));
    done = decode_pixels(**decoder, request.latents, request.mixes, answer.pixels);
  } else {
    done = tl::unexpected<Error>(decoder.error());
  }
  if (!done) answer.error = done.error().text();
  return answer;
}

DecodeThreads::Answer DecodeThreads::run(const JudgeRequest& request, Networks& networks) const {
  Answer answer;
  answer.ticket = request.ticket;
  const Result<Network*> discriminator = network(request.model, Role::kDiscriminator, networks);
  Result<void> done;
  if (discriminator) {
    answer.logits.resize(static_cast<std::size_t>(request.count));
    done = discriminate_pixels(**discriminator, request.pixels, request.mixes, answer.logits);
  } else {
    done = tl::unexpected<Error>(discriminator.error());
  }
  if (!done) answer.error = done.error().text();
  return answer;
}

Result<Encoding> DecodeThreads::read(const EncodeRequest& request, Networks& networks) const {
  const Result<Network*> decoder = network(request.model, Role::kDecoder, networks);
  if (!decoder) return tl::unexpected<Error>(decoder.error());
  Result<Reading> reading = Reading{};
  if (reads(request.model)) {
    const Result<Network*> encoder = network(request.model, Role::kEncoder, networks);
    if (!encoder) return tl::unexpected<Error>(encoder.error());
    reading = read_picture(**encoder, **decoder, request.pixels, request.only);
  } else {
    reading = nearest_picture(**decoder, request.pixels, request.only);
  }
  if (!reading) return tl::unexpected<Error>(reading.error());
  Encoding encoding;
  encoding.keyframe = {std::move(reading->latent), std::move(reading->mix)};
  encoding.only = reading->class_index;
  encoding.error = reading->error;
  return encoding;
}

DecodeThreads::Answer DecodeThreads::run(const EncodeRequest& request, Networks& networks) const {
  Answer answer;
  answer.ticket = request.ticket;
  if (auto read_as = read(request, networks)) {
    answer.encoding = std::move(*read_as);
  } else {
    answer.error = read_as.error().text();
  }
  return answer;
}

}  // namespace avae
