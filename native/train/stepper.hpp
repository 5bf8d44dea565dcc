// Training steps of a run: batch in, updates done, by calls or by replaying CUDA graphs.
#pragma once

#include <cstdint>
#include <memory>

#include "native/data/dataset.hpp"
#include "native/train/avae.hpp"
#include "native/train/feed.hpp"

namespace avae {

/// What a step is told by the run's schedules.
struct StepSettings {
  double learning_rate = 0;
  double beta = 1;          ///< weight of the KL term
  bool adversarial = true;  ///< avae: false while it warms up as a VAE
  bool penalise = false;    ///< take R1 and R2 in this step
};

/// `model` and `data` are not owned. Not thread-safe.
class Stepper {
 public:
  /// With `graphs`, which need a GPU, one process and another objective than the seed's, steps are captured and
  /// replayed: E and G on the batch, D's update, D's update with penalties, G's and E's update. The first step of each
  /// kind runs a few times before that, for cuDNN to choose its kernels; the model is put back as it was.
  Stepper(Avae& model, const Dataset& data, bool graphs = false);
  ~Stepper();

  /// Trains on the batch of step `step` (0, 1, ...). The losses are of this process's rows and stay valid until the
  /// next call.
  Losses step(std::int64_t step, const StepSettings& settings);

  Feed& feed() { return feed_; }

  /// Tells `clock` what steps are at, from here on; null to stop. Not owned. Of replayed steps it hears nothing.
  void measure(PhaseClock* clock);

 private:
  struct Captured;
  void capture();
  Losses replay();

  Avae& model_;
  Feed feed_;
  bool graphs_;
  Avae::Pass pass_;                     ///< with graphs: its batch and schedule stay where they are
  std::unique_ptr<Captured> captured_;  ///< of the present kind of step, with or without D
  PhaseClock* clock_ = nullptr;
};

/// Whether steps of this model can be captured.
bool can_capture(const Avae& model);

/// Waits until `device` has done all it was told.
void synchronise(at::Device device);

}  // namespace avae
