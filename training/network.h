#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "consensus/task.h"
#include "training/layers/layer.h"

namespace freezenet::training {

/// A task's layers on buffers that are allocated once. Unchecked: Engine, which owns it, is where arguments and the
/// floating-point state are checked.
///
/// In the forward pass a thread takes its samples through all layers, a few at a time, so that what a layer leaves is
/// still in the cache when the next one reads it; no thread waits for another but once for the packed weights. In the
/// backward pass the layers with weights are where threads wait: the gradient of a weight is one sum over the batch.
///
/// Memory, in floats for a batch of B: B * (input + each layer's output, where ReLU and flatten have none of their
/// own), what residual adds hold back, and for each thread the largest scratch of a layer. Gradients have no buffers:
/// each takes the place of its value.
class Network {
 public:
  /// skip_zeros: the backward pass may leave out terms with a zero factor, which changes no bit.
  Network(const Task& task, const Plan& plan, const kernels::Device& device, bool skip_zeros);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Where the caller puts the inputs of the next forward: (B, c, h, w).
  [[nodiscard]] float* input() { return slots_.front().values; }
  [[nodiscard]] const float* logits() const { return logits_->values; }

  void forward(const float* weights, std::size_t count);
  /// Once after forward() with the same weights and count: uses up the activations that it left. `input_gradients` may
  /// be null.
  void backward(const float* weights, std::size_t count, const float* logit_gradients, float* gradients,
                float* input_gradients);

 private:
  struct Builder;
  void allocate();
  /// Runs work(worker) on every thread.
  template <typename Work>
  void on_all(std::size_t count, bool skip_zeros, const Work& work);
  /// Calls step(samples) for the thread's samples, `chunk` at a time.
  template <typename Step>
  static void in_turns(const Worker& worker, std::size_t chunk, const Step& step);

  kernels::Device device_;
  bool skip_zeros_;
  std::size_t batch_;
  std::size_t parameters_;
  std::vector<Slot> slots_;
  Slot* logits_ = nullptr;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<std::size_t> groups_;  // first layer of each run that samples pass together, and the end
  std::size_t first_trainable_ = 0;
  std::unique_ptr<float[]> memory_;  // what no layer comes to use is never touched, and costs nothing
  float* scratch_ = nullptr;
  std::size_t thread_scratch_ = 0;
};

}  // namespace freezenet::training
