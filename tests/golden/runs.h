#pragma once

#include <optional>
#include <string>
#include <vector>

#include "training/kernels/path.h"

namespace freezenet::golden {

/// What a golden program computes once: on one kernel path, with so many threads.
struct Run {
  kernels::Path path;
  unsigned threads;
  [[nodiscard]] std::string label() const;  ///< "portable/2"
};

/// A golden program's arguments: PATH/THREADS is that run, THREADS alone is one on each path of this machine, and no
/// argument at all is "1 2". None, with a line on stderr, for an argument that is neither and for a path that this
/// machine lacks: what was asked for and cannot run must not pass.
std::optional<std::vector<Run>> runs_of(int argc, char** argv);

}  // namespace freezenet::golden
