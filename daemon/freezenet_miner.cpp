// The worker: trains for a node that is reached over RPC. Arguments and exit status; the work is in worker/.

#include <algorithm>
#include <exception>
#include <iostream>

#include "daemon/config.h"
#include "daemon/version.h"
#include "daemon/worker/run_worker.h"

namespace freezenet::worker {
namespace {

constexpr int kMisused = 2;

int main_checked(int argc, char** argv) {
  const auto options = parse_worker_options({argv + std::min(argc, 1), argv + argc}, daemon::system_environment());
  if (!options) {
    std::cerr << "freezenet-miner: " << options.error().detail << "\n";
    return kMisused;
  }
  switch (options->action) {
    case WorkerOptions::Action::kHelp: std::cout << options->help; return 0;
    case WorkerOptions::Action::kVersion: std::cout << "freezenet-miner " << daemon::kVersion << "\n"; return 0;
    case WorkerOptions::Action::kRun: break;
  }
  return run_worker(*options);
}

}  // namespace
}  // namespace freezenet::worker

int main(int argc, char** argv) {
  try {
    return freezenet::worker::main_checked(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "freezenet-miner: " << error.what() << "\n";
    return 1;
  }
}
