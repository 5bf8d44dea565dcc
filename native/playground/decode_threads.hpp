// Decodes on threads of their own, one network per thread and model.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "shared/infer/network.hpp"
#include "shared/latent/atlas.hpp"
#include "shared/playground/services.hpp"

namespace avae {

/// A model that can be chosen.
struct LoadedModel {
  ModelInfo info;
  RoleWeights weights;
  std::optional<RoleWeights> encoder, discriminator;
  std::optional<Atlas> atlas;
};

/// The pool. Everything comes from the drawing thread.
class DecodeThreads : public DecodeService, public EncodeService {
 public:
  struct Answer {
    Ticket ticket = 0;
    std::vector<std::uint8_t> pixels;  ///< [N, H, W, C] of decode(); empty when it failed
    std::vector<float> logits;         ///< [N] of judge(); likewise
    std::optional<Encoding> encoding;  ///< of encode(); likewise
    std::string error;
  };

  /// `ready` is called from a decode thread whenever an answer waits.
  DecodeThreads(std::vector<LoadedModel> models, int threads, std::function<void()> ready);
  ~DecodeThreads() override;

  void decode(const DecodeRequest& request) override;
  void judge(const JudgeRequest& request) override;
  bool reads(const ModelId& model) const override;
  void encode(const EncodeRequest& request) override;
  void cancel(Ticket ticket) override;
  /// Every answer that has come since the last call.
  std::vector<Answer> take();

 private:
  struct Job {
    Priority priority = Priority::kSample;
    Ticket ticket = 0;
    std::variant<DecodeRequest, JudgeRequest, EncodeRequest> request;
    bool operator<(const Job& other) const {
      return priority != other.priority ? priority < other.priority : ticket < other.ticket;
    }
  };
  using Networks = std::map<std::pair<ModelId, Role>, Network>;

  void add(Job job);
  void work();
  Answer run(const DecodeRequest& request, Networks& networks) const;
  Answer run(const JudgeRequest& request, Networks& networks) const;
  Answer run(const EncodeRequest& request, Networks& networks) const;
  Result<Encoding> read(const EncodeRequest& request, Networks& networks) const;
  const LoadedModel& model_of(const ModelId& model) const;
  Result<Network*> network(const ModelId& model, Role role, Networks& networks) const;

  const std::vector<LoadedModel> models_;
  const std::function<void()> ready_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::set<Job> queue_;  // guarded by mutex_, as are the two below
  std::vector<Answer> answers_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace avae
