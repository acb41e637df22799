#pragma once

#include <memory>
#include <string>

#include "training/ownership/classifier.h"

namespace freezenet::experiments {

/// Conv 3x3 32, ReLU, max pool, conv 3x3 64, ReLU, max pool, dense 64, ReLU, dense: no batch norm, no dropout. A
/// TaskClassifier, so what holds for it holds for the networks that the chain trains. 220,234 weights for 1x28x28.
std::shared_ptr<ownership::Classifier> small_cnn(const ownership::Shape& shape, std::uint64_t seed);

/// "cnn" is small_cnn(), "seed" is SeedNetwork.
std::shared_ptr<ownership::Classifier> make_network(const std::string& name, const ownership::Shape& shape,
                                                    std::uint64_t seed);

}  // namespace freezenet::experiments
