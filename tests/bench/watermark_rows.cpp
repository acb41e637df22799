#include <time.h>

#include "consensus/watermark.h"
#include "tests/bench/rows.h"

namespace freezenet::bench {
namespace {

/// Ten million weights in matrices of these numbers of rows and columns.
Plan plan_with(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& matrices) {
  Plan plan;
  for (const auto& [rows, cols] : matrices) {
    TensorSpec tensor;
    tensor.name = std::to_string(plan.tensors.size()) + ".weight";
    tensor.shape = {rows, cols};
    tensor.offset = plan.parameters;
    tensor.count = std::uint64_t{rows} * cols;
    plan.parameters += tensor.count;
    plan.tensors.push_back(tensor);
  }
  return plan;
}

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// What a receiver does in tier 2 with a model of another candidate each time. What counts is the time of the one
/// processor that does it: it never waits for anything, and so that is the clock's time where the machine is quiet.
void row(Report& report, const Effort& effort, const std::string& name, const Plan& plan) {
  constexpr const char* kKey = "watermark_10m_ms";
  constexpr std::uint32_t kPpm = 50'000;
  report.progress(std::string(kKey) + ", " + name);
  std::vector<double> processor, derive, clock;
  std::vector<float> weights(plan.parameters, 0.25F);
  for (std::uint8_t round = 0; round < 2 * effort.pairs + 3; ++round) {
    Hash256 candidate;
    candidate.bytes[0] = round;
    apply_watermark(derive_watermark(plan, kPpm, candidate), plan, weights);

    const double start = now(), processor_start = processor_seconds();
    const Watermark watermark = derive_watermark(plan, kPpm, candidate);
    const double derived = processor_seconds();
    const auto checked = check_signed_model(watermark, plan, weights);
    const double end = now(), processor_end = processor_seconds();
    if (!checked) return report.failed(kKey, name, checked.error().message());
    if (round < 2) continue;  // memory that the process did not have yet
    processor.push_back(1e3 * (processor_end - processor_start));
    derive.push_back(1e3 * (derived - processor_start));
    clock.push_back(1e3 * (end - start));
  }
  char detail[120];
  std::snprintf(detail, sizeof detail, "derive %.1f ms; by the clock %.1f ms", spread_of(derive).median,
                spread_of(clock).median);
  report.add(kKey, name + ", 1 t", spread_of(processor), detail);
}

}  // namespace

void watermark_rows(Report& report, const Effort& effort) {
  row(report, effort, "1 tensor", plan_with({{1000, 10'000}}));
  // Three-by-three convolutions of a residual network that grows, a dense layer, the classes: 10,000,064 weights.
  row(report, effort, "12 tensors",
      plan_with({{64, 27},
                 {64, 576},
                 {64, 576},
                 {128, 576},
                 {128, 1152},
                 {256, 1152},
                 {256, 2304},
                 {512, 2304},
                 {512, 4608},
                 {512, 4608},
                 {1024, 2752},
                 {100, 1024}}));
}

}  // namespace freezenet::bench
