#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

namespace freezenet::ownership {

/// What goes in and comes out.
struct Shape {
  std::int64_t channels = 0, height = 0, width = 0;  ///< of an image
  std::int64_t classes = 0;
  friend bool operator==(const Shape&, const Shape&) = default;
};

struct NamedTensor {
  std::string name;
  torch::Tensor tensor;  ///< shares the classifier's memory
};

/// A hidden layer whose neurons (or channels) can be put in another order without changing what the network computes:
/// dimension 0 of each of `out` and, in blocks of `block` columns a neuron, dimension 1 of `next` are permuted alike.
struct NeuronOrder {
  std::vector<torch::Tensor> out;
  torch::Tensor next;
  std::int64_t block = 1;
};

/// A network that ownership watermarks are put into and looked for in: LibTorch's own operations, so that autograd
/// derives them twice where a scheme asks. It is not the engine, and no bit of consensus comes from it.
///
/// For one thread at a time. Errors are c10::Error, as everywhere in LibTorch.
class Classifier : public torch::nn::Module {
 public:
  /// Logits {n, classes} of images {n, channels, height, width}.
  virtual torch::Tensor forward(const torch::Tensor& images) = 0;
  /// The same architecture with new initial weights, drawn from `seed`.
  [[nodiscard]] virtual std::shared_ptr<Classifier> fresh(std::uint64_t seed) const = 0;
  /// Hidden layers that can be reordered, first to last; none where a layer's structure does not allow it.
  [[nodiscard]] virtual std::vector<NeuronOrder> neuron_orders() const = 0;

  [[nodiscard]] const Shape& shape() const { return shape_; }
  /// Weights of the convolutions {out, in, k, k} in the order of the layers.
  [[nodiscard]] std::vector<NamedTensor> kernels() const;
  /// Everything that training moves and that has two dimensions or more: what is pruned and quantised.
  [[nodiscard]] std::vector<NamedTensor> weights() const;
  /// Weight and bias of the last dense layer.
  [[nodiscard]] std::vector<torch::Tensor> last_layer() const;
  /// Trainable tensors and buffers (a batch norm's running statistics) in the order in which they were registered: what
  /// a model file holds.
  [[nodiscard]] std::vector<NamedTensor> state() const;
  /// Takes the state of a classifier of the same architecture.
  void copy_state(const Classifier& from);
  [[nodiscard]] std::shared_ptr<Classifier> copy() const;

 protected:
  explicit Classifier(Shape shape) : shape_(shape) {}

 private:
  Shape shape_;
};

/// Softmax scores {n, classes} in evaluation mode, without a graph, at most `batch` images at a time.
torch::Tensor scores_of(Classifier& model, const torch::Tensor& images, std::int64_t batch = 500);

}  // namespace freezenet::ownership
