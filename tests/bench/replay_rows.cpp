#include <stdexcept>

#include "consensus/crypto/sha256.h"
#include "consensus/default_task.h"
#include "tests/bench/networks.h"
#include "tests/bench/rows.h"
#include "training/dataset/digits.h"
#include "training/replay.h"

namespace freezenet::bench {
namespace {

constexpr const char* kRow = "replay_over_train";

/// What a miner does for one segment and what a verifier does for the same: both from the canonical model, the
/// verifier with a claim whose digests it compares step by step, ready to stop at the first that differs.
void row(Report& report, const Effort& effort, const Task& task, const training::Dataset& dataset) {
  report.progress(std::string(kRow) + ", " + task.name);
  const Plan plan = plan_of(task).value();
  const std::vector<float> canonical = genesis_weights(plan, task.id());
  const Hash256 candidate = sha256(as_bytes("replay"));
  training::Engine engine(task, plan, {.path = kernels::best_path(), .threads = 2});
  const auto train = [&] {
    training::Segment segment(engine, dataset, task, plan, candidate, 1, canonical);
    return training::train(segment, {});
  };
  const auto trained = train();
  if (!trained) {
    report.failed(kRow, task.name, trained.error().message());
    return;
  }
  const training::SegmentClaim claim{trained->digests, trained->model_root};
  const Call replay = [&] {
    training::Segment segment(engine, dataset, task, plan, candidate, 1, canonical);
    const auto outcome = training::replay(segment, claim, {});
    if (!outcome.verdict) throw std::runtime_error(outcome.verdict.error().message());
  };
  const Paired paired = compare(
      replay, [&] { train().value(); }, effort);
  char detail[80];
  std::snprintf(detail, sizeof detail, "replay %.1f ms, training %.1f ms", 1e3 * paired.ours, 1e3 * paired.theirs);
  report.add(kRow, task.name + ", 2 t", paired.ratio, detail);
}

}  // namespace

void replay_rows(Report& report, const Effort& effort) {
  const auto digits = training::digits_dataset();
  if (!digits) return report.failed(kRow, "digits", digits.error().message());
  row(report, effort, digits_task(), *digits);
  Task mnist = mnist_network();
  const training::Dataset random = random_dataset(mnist, 6000, 100);
  row(report, effort, mnist, random);
}

}  // namespace freezenet::bench
