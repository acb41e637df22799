#pragma once

#include <string>

#include "training/dataset/dataset.h"
#include "training/engine.h"

namespace freezenet::training {

struct SelfTestReport {
  std::string path;  ///< kernels::name of what ran
  unsigned threads = 0;
  double max_error = 0;  ///< the largest difference from LibTorch, as kSelfTestTolerance measures it
  double milliseconds = 0;
};

/// The largest difference |engine - LibTorch| in one group of values (the logits, the loss, one tensor's gradients, its
/// momentum, its weights) as a share of the largest magnitude in that group. LibTorch runs in binary64, so this is the
/// rounding of the engine's binary32 chains.
inline constexpr double kSelfTestTolerance = 2e-5;

/// What a node asks of its own arithmetic before it mines or judges:
///  1. one step of `task` on `dataset` - logits, loss, every gradient, momentum and weights under a watermark's mask -
///  is the step that LibTorch
///     computes with its own operations and its own autograd, within kSelfTestTolerance; and frozen weights kept their
///     bits;
///  2. a short segment of the digits task yields the bits that are written in this program (the golden digest).
/// The first finds an engine that computes something else, the second one whose last bit differs; a wrong kernel, a
/// processor fault or a build with contraction on shows in one of them. kSelfTestFailed names the check that failed and
/// by how much. No LibTorch header here: a program pays for LibTorch's load, not for its compilation.
Result<SelfTestReport> self_test(const Task& task, const Dataset& dataset, const EngineOptions& options);

}  // namespace freezenet::training
