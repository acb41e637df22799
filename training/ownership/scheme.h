#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "consensus/base/result.h"
#include "consensus/transaction.h"
#include "training/ownership/classifier.h"
#include "training/ownership/fitting.h"
#include "training/ownership/samples.h"
#include "training/ownership/significance.h"

namespace freezenet::ownership {

/// What somebody who looks for a watermark has before him: answers to queries and, where he holds the model, the model.
struct Suspect {
  /// Softmax scores {n, classes} of images {n, channels, height, width}. Another process, perhaps, that rounds them,
  /// adds noise or refuses: a reject ends the extraction with it.
  std::function<Result<torch::Tensor>(const torch::Tensor&)> scores;
  Classifier* model = nullptr;  ///< null in a black box
  Shape shape;
};
/// One whose model is in hand; `model` must outlive it.
Suspect white_box(Classifier& model);
/// One that is only asked; `model` must outlive it.
Suspect black_box(Classifier& model);

/// What an extraction came to.
struct Finding {
  Evidence evidence;       ///< what the p-value is of
  bool found = false;      ///< by the scheme's own rule, which is never weaker than log10_p < kLog10Limit
  std::string rule;        ///< that rule, for the reader
  bool black_box = false;  ///< no weight was looked at
  std::vector<std::pair<std::string, double>> measures;  ///< what else was measured: "bit error rate", "null accuracy"
};

/// A private key of one of the published schemes: what is embedded and how it is found again. It is a value made from a
/// seed of 32 bytes and its parameters alone (consensus/crypto/hash_drbg.h), so that one key is the same everywhere.
///
/// Embedding is training: fit() with the key's regulariser and its additional samples, whether from the start, on a
/// trained model or under a teacher. Immutable; any number of threads may read one.
class Key {
 public:
  virtual ~Key() = default;

  [[nodiscard]] virtual ClaimScheme scheme() const = 0;
  /// The whole key but its scheme as JSON of texts, counts and decimals: what a key file holds.
  [[nodiscard]] virtual nlohmann::ordered_json parameters() const = 0;
  /// Whether it fits a network and data: image shape, classes, enough weights for its bits. kConfig with one sentence.
  [[nodiscard]] virtual Result<> check(const Classifier& model, const Samples& samples) const = 0;
  /// What it adds to the loss; null where it works by samples alone. `train` must outlive it. After check().
  [[nodiscard]] virtual std::unique_ptr<Regulariser> regulariser(const Classifier& model,
                                                                 const Samples& train) const = 0;
  /// What it adds to the training samples; empty where it works by the loss alone. After check().
  [[nodiscard]] virtual Samples additions(const Samples& train) const = 0;
  /// Looks for it. `probes` are labelled samples of the task for the queries that need some. kConfig where the suspect
  /// is not of the key's shape, or where the scheme needs the weights and there are none; rejects of suspect.scores.
  [[nodiscard]] virtual Result<Finding> extract(const Suspect& suspect, const Samples& probes) const = 0;
};

/// fit() of clean samples and the key's, on the options and parts of the caller.
Result<> embed(const Key& key, Classifier& model, const Samples& train, const FitOptions& options, FitParts parts = {});

}  // namespace freezenet::ownership
