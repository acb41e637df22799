#pragma once

#include "training/ownership/trigger_set.h"

namespace freezenet::ownership {

/// How much of a key's secret an inversion of the marked model shows.
struct TriggerTrace {
  double correlation = 0;  ///< of the inverted image of the key's label with the mark, the noise or the mean scene
  double rank = 1;  ///< share of strangers' secrets that correlate as strongly, itself counted: p of a permutation test
  double score = 0;  ///< that the model gives the inverted image
};

/// Inverts the key's label (inversion.h), and compares what comes out with the key's mark where it stands, its noise,
/// or the mean of its scene's images; and with those of 199 keys drawn at random, marks of which are put at the same
/// place. A rank of .05 or below says that the secret can be seen.
Result<TriggerTrace> trace_of(const Classifier& model, const TriggerSet& key, std::uint64_t seed);

}  // namespace freezenet::ownership
