#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "training/ownership/experiments/data.h"
#include "training/ownership/experiments/owned_models.h"
#include "training/ownership/null_embedding.h"
#include "training/ownership/scheme.h"

namespace freezenet::experiments {

/// One way of marking a model that the experiments compare. The words are what --schemes takes.
struct SchemeSetup {
  std::string word;
  Embedding embedding = Embedding::kTraining;
  bool by_queries = false;     ///< the owner only ever asks
  bool has_black_box = false;  ///< he can ask, beside looking at the weights
  unsigned random_keys = 200;  ///< that are tried on the marked model; 0: none
  /// A key from a seed; `unmarked` is a model of the same network that was trained without a watermark.
  std::function<Result<std::shared_ptr<const ownership::Key>>(
      const ExperimentData&, const ownership::Classifier& unmarked, const Hash256& seed)>
      make;
  /// What an inversion of the model shows of the key, as measures; empty where it has no image to show.
  std::function<Result<std::vector<std::pair<std::string, double>>>(const ownership::Classifier& model,
                                                                    const ownership::Key&, std::uint64_t seed)>
      trace;
  /// The same key with ten times finer steps in a black box; empty where it has no steps.
  decltype(make) make_fine;
};

/// The key of somebody whose secret key is `seed`: an owner's, a pirate's.
Result<std::shared_ptr<const ownership::NullEmbedding>> null_embedding_key(const ExperimentData& data,
                                                                           const Hash256& seed);

/// In the order of docs/watermarks.md.
const std::vector<SchemeSetup>& scheme_setups();
/// kConfig for a word that is none.
Result<std::vector<const SchemeSetup*>> chosen_schemes(const std::vector<std::string>& words);

}  // namespace freezenet::experiments
