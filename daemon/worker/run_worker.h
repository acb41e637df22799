#pragma once

#include "daemon/worker/worker_options.h"
#include "training/kernels/device.h"

namespace freezenet::worker {

/// The process: self-check, tasks, worker, signals. Its exit status: 0 after SIGINT, SIGTERM or --blocks, 1 with one
/// line on standard error otherwise. `loops` in place of the path's: for tests, to see wrong ones refused.
int run_worker(const WorkerOptions& options, const kernels::KernelTable* loops = nullptr);

}  // namespace freezenet::worker
