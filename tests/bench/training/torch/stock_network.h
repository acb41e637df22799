#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "consensus/task.h"

namespace freezenet::bench {

/// A task's network as anyone writes it with LibTorch: its own modules in a Sequential, autograd, torch::optim::SGD. It
/// shares nothing with the engine but the list of layers. Errors are c10::Error.
///
/// Owner: a benchmark or a comparison of learning; one thread at a time. Memory: the model, its gradients and momentum,
/// and what autograd keeps.
class StockNetwork {
 public:
  /// `weights`: plan.parameters values in task order.
  StockNetwork(const Task& task, const Plan& plan, std::span<const float> weights);
  ~StockNetwork();
  StockNetwork(const StockNetwork&) = delete;
  StockNetwork& operator=(const StockNetwork&) = delete;

  /// frozen[i] != 0: weight i gets no gradient. plan.parameters values; empty: none. For tasks without weight decay,
  /// where that keeps a weight as it is.
  void freeze(std::span<const std::uint8_t> frozen);
  /// Puts these weights in place of the model's, and momentum back to zero.
  void load(std::span<const float> weights);
  /// The model as one flat buffer in task order.
  [[nodiscard]] std::vector<float> weights() const;
  /// The batch of the next steps: bytes as in the dataset, through the task's input tables.
  void set_batch(std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels);
  /// Forward, loss, backward, update at `rate` on that batch. Does not ask for the loss, as a training loop would not.
  void step(float rate);
  /// How many of that batch the model classifies rightly.
  std::uint32_t count_right();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// LibTorch's own threads and its BLAS's, from now on.
void set_stock_threads(unsigned torch, unsigned blas);

}  // namespace freezenet::bench
