#pragma once

#include <cstdint>

#include "consensus/task.h"

namespace freezenet::training {

/// Multiply-adds of one layer forward on one sample, all that its definition names: zeros and borders count. Only
/// convolutions and linear layers have any worth counting. Each gradient, by weights and by inputs, has as many again;
/// the first layer needs no second one.
std::uint64_t multiply_adds(const Layer& layer, const Activation& in, const Activation& out);

/// The same of a whole network.
std::uint64_t multiply_adds(const Task& task, const Plan& plan);

}  // namespace freezenet::training
