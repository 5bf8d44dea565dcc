#include "shared/playground/realism.hpp"

#include <algorithm>
#include <utility>

namespace avae {

namespace {

bool fits(const ModelSpec& a, const ModelSpec& b) {
  return a.height == b.height && a.width == b.width && a.channels == b.channels && a.classes == b.classes;
}

std::string key_of(const ModelId& judge, const ModelId& model, const Keyframe& keyframe) {
  std::string key(judge.begin(), judge.end());
  key.append(model.begin(), model.end());
  key.append(keyframe.mix.begin(), keyframe.mix.end());
  key.append(keyframe.latent.begin(), keyframe.latent.end());
  return key;
}

std::string name_of(const ModelId& model) { return {model.begin(), model.end()}; }

}  // namespace

const ModelInfo* Realism::judge_of(const ModelInfo& model, const std::vector<ModelInfo>& models) {
  const auto is_judge = [&model](const ModelInfo& other) {
    return other.realism && other.spec.objective == "avae" && fits(other.spec, model.spec);
  };
  if (is_judge(model)) return &model;
  const auto found = std::find_if(models.begin(), models.end(),
                                  [&](const ModelInfo& other) { return other.current && is_judge(other); });
  if (found != models.end()) return &*found;
  return model.realism ? &model : nullptr;
}

std::optional<float> Realism::of(const ModelInfo& judge, const ModelId& model, const Keyframe& keyframe,
                                 std::span<const std::uint8_t> pixels) {
  std::string key = key_of(judge.id, model, keyframe);
  if (const auto found = known_.find(key); found != known_.end()) {
    latest_[name_of(model)] = found->second;
    return found->second;
  }
  const bool given_up = std::find(given_up_.begin(), given_up_.end(), judge.id) != given_up_.end();
  if (pixels.empty() || ticket_ != 0 || given_up || !judge.realism) return std::nullopt;
  if (wanted_.empty()) asked_ = judge.id;
  const bool wished = std::any_of(wanted_.begin(), wanted_.end(), [&](const Wish& wish) { return wish.key == key; });
  if (asked_ == judge.id && !wished)
    wanted_.push_back({std::move(key), *judge.realism, {pixels.begin(), pixels.end()}, keyframe.mix});
  return std::nullopt;
}

std::optional<float> Realism::known(const ModelInfo& judge, const ModelId& model, const Keyframe& keyframe) const {
  const auto found = known_.find(key_of(judge.id, model, keyframe));
  return found == known_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<float> Realism::latest(const ModelId& model) const {
  const auto found = latest_.find(name_of(model));
  return found == latest_.end() ? std::nullopt : std::optional(found->second);
}

void Realism::end_frame() {
  if (wanted_.empty() || ticket_ != 0) return;
  if (known_.size() > kMaxKept) known_.clear();
  JudgeRequest request;
  request.ticket = ticket_ = ++last_ticket_;
  request.model = asked_;
  request.count = static_cast<int>(wanted_.size());
  for (const Wish& wish : wanted_) {
    request.pixels.insert(request.pixels.end(), wish.pixels.begin(), wish.pixels.end());
    request.mixes.insert(request.mixes.end(), wish.mix.begin(), wish.mix.end());
  }
  flying_ = std::exchange(wanted_, {});
  service_.judge(request);
}

bool Realism::judged(Ticket ticket, std::span<const float> logits) {
  if (ticket == 0 || ticket != ticket_) return false;
  ticket_ = 0;
  if (logits.size() == flying_.size())
    for (std::size_t i = 0; i < flying_.size(); ++i) known_[flying_[i].key] = flying_[i].scale(logits[i]);
  else
    given_up_.push_back(asked_);
  return true;
}

bool Realism::failed(Ticket ticket) {
  if (ticket == 0 || ticket != ticket_) return false;
  ticket_ = 0;
  given_up_.push_back(asked_);
  return true;
}

void Realism::clear() {
  known_.clear();
  latest_.clear();
  given_up_.clear();
  ticket_ = 0;
}

}  // namespace avae
