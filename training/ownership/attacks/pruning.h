#pragma once

#include <vector>

#include "training/ownership/classifier.h"

namespace freezenet::ownership {

/// Sets the `share` of smallest magnitude among all weights (Classifier::weights()) to zero: of them together, so that
/// a layer of small weights loses more (Han et al., arXiv 1506.02626, with one threshold). Returns what was pruned, a
/// mask of bool a tensor.
std::vector<torch::Tensor> prune(Classifier& model, double share);

}  // namespace freezenet::ownership
