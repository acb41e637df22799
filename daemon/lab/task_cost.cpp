#include "daemon/lab/task_cost.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <vector>

#include "consensus/crypto/hash_drbg.h"
#include "consensus/default_task.h"
#include "consensus/watermark.h"

namespace freezenet::lab {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kFewestSteps = 5;
constexpr std::size_t kMostSteps = 2000;

/// Takes a training step of a task on the same random samples again and again. The work of a step does not depend on
/// what is on the pictures.
class Worker {
 public:
  Worker(const Task& task, const Plan& plan, const training::EngineOptions& options)
      : engine_(task, plan, options),
        start_(genesis_weights(plan, Hash256{})),
        weights_(start_),
        momentum_(start_.size(), 0.0F),
        pixels_(task.batch * engine_.input_size()),
        labels_(task.batch) {
    Stream stream(Hash256{}, "lab-cost", 0);
    for (std::uint8_t& pixel : pixels_) pixel = static_cast<std::uint8_t>(stream.bounded(256));
    for (std::uint8_t& label : labels_) label = static_cast<std::uint8_t>(stream.bounded(task.dataset.classes));
  }

  Result<> step() {
    // From the same weights each time: on random samples a long run might leave the finite numbers.
    std::ranges::copy(start_, weights_.begin());
    std::ranges::fill(momentum_, 0.0F);
    const auto begin = Clock::now();
    const auto computed = engine_.forward_backward(weights_, pixels_, labels_);
    if (!computed) return tl::unexpected(computed.error());
    if (auto updated = engine_.update(weights_, momentum_, computed->gradients, kRate, {}); !updated) return updated;
    times_.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
    return {};
  }

  [[nodiscard]] std::size_t steps() const { return times_.size(); }
  [[nodiscard]] double median() {
    const auto middle = times_.begin() + static_cast<std::ptrdiff_t>(times_.size() / 2);
    std::nth_element(times_.begin(), middle, times_.end());
    return *middle;
  }

 private:
  static constexpr float kRate = 0x1p-10F;
  training::Engine engine_;
  std::vector<float> start_, weights_, momentum_;
  std::vector<std::uint8_t> pixels_, labels_;
  std::vector<double> times_;
};

}  // namespace

void as_fraction(TaskCost& cost) {
  // Below ten: tenths; above: whole numbers of which two digits count. More would say more than a measurement knows.
  double unit = 0.1;
  while (cost.ratio >= 100 * unit) unit *= 10;
  const double rounded = std::max(std::round(cost.ratio / unit), 1.0) * unit;
  cost.num = static_cast<std::uint32_t>(std::lround(rounded * 10));
  cost.den = 10;
  const std::uint32_t common = std::gcd(cost.num, cost.den);
  cost.num /= common;
  cost.den /= common;
}

Result<TaskCost> measure_cost(const NamedTask& named, const training::EngineOptions& engine, double seconds) {
  const Task digits = digits_task();
  const auto digits_plan = plan_of(digits);
  if (!digits_plan) return tl::unexpected(digits_plan.error());
  Worker task_worker(named.task, named.plan, engine);
  Worker digits_worker(digits, *digits_plan, engine);
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (task_worker.steps() < kFewestSteps || (Clock::now() < end && task_worker.steps() < kMostSteps)) {
    if (auto stepped = task_worker.step(); !stepped) return tl::unexpected(stepped.error());
    if (auto stepped = digits_worker.step(); !stepped) return tl::unexpected(stepped.error());
  }
  TaskCost cost;
  cost.step_seconds = task_worker.median();
  cost.digits_step_seconds = digits_worker.median();
  cost.measured_steps = static_cast<std::uint32_t>(task_worker.steps());
  cost.ratio = cost.step_seconds * named.task.steps / (cost.digits_step_seconds * digits.steps);
  as_fraction(cost);
  return cost;
}

}  // namespace freezenet::lab
