#pragma once

#include <functional>
#include <vector>

#include "consensus/base/result.h"
#include "training/ownership/classifier.h"
#include "training/ownership/samples.h"

namespace freezenet::ownership {

/// What a scheme adds to the loss of each batch while it is being embedded. Lives as long as one fit().
class Regulariser {
 public:
  virtual ~Regulariser() = default;
  /// A scalar with a graph, for the batch whose cross-entropy it is added to.
  virtual torch::Tensor loss(Classifier& model, const torch::Tensor& images, const torch::Tensor& labels) = 0;
};

enum class Optimiser { kAdam, kSgd };

struct FitOptions {
  unsigned epochs = 10;
  std::int64_t batch = 100;
  Optimiser optimiser = Optimiser::kAdam;
  double rate = 1e-3;
  double momentum = 0.9;  ///< of SGD
  double weight_decay = 0;
  std::uint64_t seed = 0;  ///< order of the samples, and LibTorch's global generator (dropout)
};

/// Where a fit stands, after each batch.
struct FitProgress {
  unsigned epoch = 0, epochs = 0;       ///< `epoch` of them are done
  std::int64_t batch = 0, batches = 0;  ///< of the epoch that runs
  double loss = 0;                      ///< of the last batch
};

struct FitParts {
  std::vector<Regulariser*> regularisers;
  Classifier* teacher = nullptr;                     ///< distillation: its scores take the place of the labels
  double temperature = 1;                            ///< of the teacher's scores and the student's
  std::vector<torch::Tensor> trained;                ///< what is trained; empty: everything
  std::function<void()> after_step;                  ///< a watermark that is stamped anew after every step
  std::function<void(unsigned)> after_epoch;         ///< with the number of epochs done
  std::function<bool(const FitProgress&)> progress;  ///< after each batch; false stops
};

/// Minimises cross-entropy plus what the regularisers say, over epochs that see every sample once in an order drawn
/// from options.seed (the last, smaller batch included, unless it is a single sample: batch norm needs two). The model
/// is in training mode meanwhile and in evaluation mode afterwards. kCancelled where progress() said so; kVoidSegment
/// where the loss leaves the finite numbers; the model is of no use then. Uses LibTorch's threads.
Result<> fit(Classifier& model, const Samples& samples, const FitOptions& options, const FitParts& parts = {});

/// Share of the samples whose class has the highest score.
double accuracy(Classifier& model, const Samples& samples);

}  // namespace freezenet::ownership
