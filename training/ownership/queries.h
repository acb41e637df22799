#pragma once

#include "training/ownership/scheme.h"

namespace freezenet::ownership {

/// The class with the highest score for each of `images`: {n} of int64. The answers may come from a stranger's process:
/// kBadEncoding unless they are finite {n, classes}; kConfig where nobody answers; rejects of suspect.scores.
Result<torch::Tensor> answered_classes(const Suspect& suspect, const torch::Tensor& images);

/// `count` samples in the order of `from`, which is gone through again where it has fewer. from.size() > 0.
Samples repeated(const Samples& from, std::int64_t count);

}  // namespace freezenet::ownership
