#pragma once

#include <functional>
#include <vector>

#include "training/flat_watermark.h"
#include "training/ownership/classifier.h"

namespace freezenet::ownership {

/// The proof-of-work watermark in a classifier: its trainable tensors, in the order in which they were registered, are
/// the flat buffer of training/flat_watermark.h. A batch norm's running statistics are not trained and are not in it.
///
/// Stamping after every step is the same as masking the gradient: no step reads the gradient of another weight, and
/// what a step did to a marked one is gone before the next forward pass. The first stamp comes before training.
///
/// Immutable; fits every classifier of the shape that it was derived for.
class WeightWatermark {
 public:
  /// The rejects of derive_flat_watermark().
  static Result<WeightWatermark> derive(const Classifier& model, const training::FlatWatermarkOptions& options,
                                        const Hash256& seed);

  void stamp(Classifier& model) const;
  /// FitParts::after_step; `model` must outlive it, as this must.
  [[nodiscard]] std::function<void()> stamper(Classifier& model) const;
  /// `tolerance` as in check_flat_watermark().
  [[nodiscard]] training::FlatWatermarkCheck check(const Classifier& model, float tolerance) const;
  [[nodiscard]] const training::FlatWatermark& flat() const { return flat_; }

 private:
  /// The marked weights of one tensor, ascending, so that stamping goes through memory once.
  struct Part {
    std::vector<std::uint32_t> positions;
    std::vector<float> values;
  };
  explicit WeightWatermark(training::FlatWatermark flat, const std::vector<torch::Tensor>& tensors);

  training::FlatWatermark flat_;
  std::vector<Part> parts_;  // one a trainable tensor
};

/// All trainable weights, one tensor after another.
std::vector<float> flat_weights(const Classifier& model);

}  // namespace freezenet::ownership
