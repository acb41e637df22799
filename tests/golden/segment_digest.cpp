// Prints the digest of one fixed segment of the digits task - SHA256(trace_root || model_root) - for each kernel path
// of this machine with one and two threads, so that builds by other compilers, with other flags, on other machines can
// be compared (check_matrix.sh, check_aarch64.sh).
//
//   segment_digest [[PATH/]THREADS...]     only these (runs.h); 1 if this machine lacks one of them
#include <cstdio>
#include <vector>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"
#include "consensus/default_task.h"
#include "tests/golden/runs.h"
#include "training/dataset/digits.h"
#include "training/segment.h"

using namespace freezenet;

namespace {

int fail(const Reject& error) {
  std::fprintf(stderr, "%s\n", error.message().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const Task task = digits_task();
  const auto plan = plan_of(task);
  if (!plan) return fail(plan.error());
  const auto dataset = training::digits_dataset();
  if (!dataset) return fail(dataset.error());
  const std::vector<float> genesis = genesis_weights(*plan, task.id());
  const Hash256 candidate_hash = sha256(as_bytes("FreezeNet golden segment"));

  const auto runs = golden::runs_of(argc, argv);
  if (!runs) return 1;
  for (const golden::Run& run : *runs) {
    training::Engine engine(task, *plan, {.path = run.path, .threads = run.threads});
    training::Segment segment(engine, *dataset, task, *plan, candidate_hash, 0, genesis);
    const auto result = training::train(segment, {});
    if (!result) return fail(result.error());
    const Hash256 digest = Sha256().update(result->trace_root.bytes).update(result->model_root.bytes).finish();
    std::printf("%s %s\n", to_hex(ByteView(digest.bytes)).c_str(), run.label().c_str());
    std::fflush(stdout);
  }
}
