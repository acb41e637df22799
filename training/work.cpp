#include "training/work.h"

#include <cstddef>
#include <variant>

namespace freezenet::training {

std::uint64_t multiply_adds(const Layer& layer, const Activation& in, const Activation& out) {
  if (const auto* conv = std::get_if<Conv2d>(&layer)) return out.size() * in.channels * conv->kernel * conv->kernel;
  if (std::holds_alternative<Linear>(layer)) return in.size() * out.size();
  return 0;
}

std::uint64_t multiply_adds(const Task& task, const Plan& plan) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < task.layers.size(); ++i) {
    sum += multiply_adds(task.layers[i], plan.activations[i], plan.activations[i + 1]);
  }
  return sum;
}

}  // namespace freezenet::training
