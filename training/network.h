#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "consensus/task.h"
#include "training/kernels/conv.h"
#include "training/kernels/linear.h"
#include "training/kernels/pool.h"

namespace freezenet::training {

/// A task's layers as calls of kernels on buffers that are allocated once. Unchecked: Engine, which owns it, is where
/// arguments and the floating- point state are checked.
///
/// Memory, in floats for a batch of B: B * (input + each layer's output, ReLU and flatten working in place) for the
/// activations, 2 * B * the largest of them for the gradients, and the largest scratch of an operation.
class Network {
 public:
  Network(const Task& task, const Plan& plan, const kernels::Device& device);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Where the caller puts the inputs of the next forward: (B, c, h, w).
  [[nodiscard]] float* input() { return input_; }
  [[nodiscard]] const float* logits() const { return stages_.empty() ? input_ : stages_.back().out; }

  /// False where a layer of the task has no kernels here: then nothing may be computed.
  [[nodiscard]] bool supported() const { return supported_; }

  void forward(const float* weights, std::size_t count);
  /// After forward() with the same weights and count; reads the activations that it left. `input_gradients` may be
  /// null.
  void backward(const float* weights, std::size_t count, const float* logit_gradients, float* gradients,
                float* input_gradients);

 private:
  struct Relu {};
  struct Flatten {};
  using Operation = std::variant<kernels::ConvShape, Relu, kernels::MaxPoolShape, Flatten, kernels::LinearShape>;
  struct Stage {
    Operation operation;
    std::size_t in_size = 0, out_size = 0;  // values of one sample
    std::size_t weight = 0, bias = 0;       // offsets in the flat model, where the operation has weights
    float* in = nullptr;
    float* out = nullptr;               // == in for the operations that work in place
    std::vector<std::uint32_t> chosen;  // max pooling: the place of each maximum
    [[nodiscard]] bool trainable() const;
    [[nodiscard]] bool in_place() const;
  };

  void add_stage(const Layer& layer, const Activation& in, const Activation& out);
  void allocate(std::size_t input_size);
  void forward_stage(Stage& stage, const float* weights, std::size_t count);
  /// Turns the gradient of the stage's output, at `gradient`, into that of its input where `wanted`, and fills the
  /// weights' gradients.
  void backward_stage(const Stage& stage, const float* weights, std::size_t count, bool wanted, float* gradients);
  [[nodiscard]] std::size_t scratch_floats() const;

  kernels::Device device_;
  std::size_t batch_;
  bool supported_ = true;
  std::vector<Stage> stages_;
  std::vector<float> memory_;
  float* input_ = nullptr;
  float* gradient_ = nullptr;  // of what backward_stage() has reached
  float* spare_ = nullptr;     // where it puts the next one
  float* scratch_ = nullptr;
};

}  // namespace freezenet::training
