#pragma once

#include "tests/bench/report.h"

namespace freezenet::bench {

/// The parts of the benchmark; docs/benchmarks.md says what each row is. Every one runs with at most two threads.

struct GemmSize {
  std::size_t rows = 0, cols = 0, depth = 0;
  /// Multiply-adds.
  [[nodiscard]] double work() const {
    return static_cast<double>(rows) * static_cast<double>(cols) * static_cast<double>(depth);
  }
};

/// The product with two threads that did the most multiply-adds a second: what this machine can do.
struct GemmPeak {
  GemmSize size;
  bool ours = false;  ///< else OpenBLAS's
  double rate = 0;    ///< multiply-adds a second; 0: none was measured
  /// That product again.
  [[nodiscard]] Call call() const;
};

GemmPeak gemm_rows(Report& report, const Effort& effort);
/// MNIST and CIFAR-10 networks against stock LibTorch, and with `fine` the latter's multiply-adds a second over those
/// of `peak`, which runs again in turns with it. Without a peak that row is left out.
void step_rows(Report& report, const Effort& effort, const Effort& fine, const GemmPeak& peak);
void replay_rows(Report& report, const Effort& effort);
void mask_rows(Report& report, const Effort& fine);
void watermark_rows(Report& report, const Effort& effort);
/// Starts this program afresh for each network, because only a new process has a peak of its own.
void memory_rows(Report& report);
/// What such a process does: a few steps of the network "mnist" or "cifar", then one line with the most memory that it
/// held beyond what it began with, in bytes. Its exit code.
int measure_memory(const std::string& network);

}  // namespace freezenet::bench
