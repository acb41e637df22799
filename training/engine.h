#pragma once

#include <span>
#include <vector>

#include "consensus/base/result.h"
#include "consensus/task.h"
#include "training/kernels/device.h"
#include "training/network.h"

namespace freezenet::training {

struct EngineOptions {
  kernels::Path path = kernels::best_path();
  unsigned threads = 1;
  /// In place of the path's loops; for tests, which hand in wrong ones to see them caught. Must outlive the engine.
  const kernels::KernelTable* table = nullptr;
  /// Off: every term is computed, for comparison. No bit depends on it.
  bool skip_zeros = true;
};

/// Computes a task's network, its loss, its gradients and its update in the numeric profile of docs/numerics.md: bit
/// for bit the same for every path and thread count. Knows plain buffers only; a model is one flat buffer in the order
/// of Plan::tensors.
///
/// Owns activations and scratch for one batch of the task (all allocated by the constructor, nothing in a step) and a
/// pool of options.threads threads. For one caller at a time; several segments may take turns on it, because nothing
/// but the last forward's activations is kept between calls. Memory: Network's, and the gradients.
///
/// Every call sets and checks the floating-point state of its threads; kSelfTestFailed where it was changed. Spans that
/// it returns are valid until the next call.
class Engine {
 public:
  /// `plan` is plan_of(task). With a path that this machine lacks every call answers kConfig.
  Engine(const Task& task, const Plan& plan, EngineOptions options = {});
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] const EngineOptions& options() const { return options_; }
  /// Most samples that one call takes: the task's batch.
  [[nodiscard]] std::uint32_t max_count() const { return batch_; }
  /// Values of one sample's input, and logits of one sample.
  [[nodiscard]] std::size_t input_size() const { return input_size_; }
  [[nodiscard]] std::size_t classes() const { return classes_; }

  struct Step {
    std::span<const float> logits;  ///< (count, classes)
    float loss = 0;
    std::span<const float> gradients;  ///< one a weight
  };

  /// Logits of `count` samples; `pixels` holds them one after another as in the dataset, and goes through the task's
  /// input table.
  Result<std::span<const float>> forward(std::span<const float> weights, std::span<const std::uint8_t> pixels,
                                         std::uint32_t count);
  /// The same from values, input_size() a sample; a -0 among them is taken as +0.
  Result<std::span<const float>> forward_values(std::span<const float> weights, std::span<const float> inputs,
                                                std::uint32_t count);
  /// Loss of the last forward's logits. With `logit_gradients` (count, classes) not empty, also its gradient.
  Result<float> loss(std::span<const std::uint8_t> labels, std::span<float> logit_gradients);
  /// Gradients of the weights from those of the last forward's logits, with the weights that it ran with. Once a
  /// forward: it uses up the activations. `input_gradients` (count, input_size), where not empty, receives those of the
  /// inputs.
  Result<std::span<const float>> backward(std::span<const float> weights, std::span<const float> logit_gradients,
                                          std::span<float> input_gradients = {});
  /// One training step up to the gradients: forward, loss, backward. labels.size() samples.
  Result<Step> forward_backward(std::span<const float> weights, std::span<const std::uint8_t> pixels,
                                std::span<const std::uint8_t> labels);
  /// One step of SGD, in place. frozen[i] != 0 (empty: none): no gradient, no decay, no movement. kVoidSegment when a
  /// weight is not finite or beyond 2^16 afterwards.
  Result<> update(std::span<float> weights, std::span<float> momentum, std::span<const float> gradients, float rate,
                  std::span<const std::uint8_t> frozen);

 private:
  [[nodiscard]] Result<> ready() const;
  [[nodiscard]] Result<> environment_held() const;
  [[nodiscard]] std::span<const float> logits();
  void look_up(std::span<const std::uint8_t> pixels);

  EngineOptions options_;
  std::uint32_t batch_;
  std::size_t input_size_, classes_, parameters_;
  std::vector<InputTable> inputs_;
  float momentum_, weight_decay_, label_smoothing_;
  kernels::Pool pool_;
  Network network_;
  std::vector<float> gradients_, logits_, logit_gradients_, loss_scratch_;
  std::uint32_t count_ = 0;  // samples of the last forward, until backward() used it up
};

}  // namespace freezenet::training
