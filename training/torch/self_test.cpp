#include "training/torch/self_test.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include <torch/torch.h>

#include "consensus/crypto/hash_drbg.h"
#include "consensus/crypto/sha256.h"
#include "consensus/watermark.h"
#include "training/golden.h"
#include "training/torch/oracle.h"

namespace freezenet::training {

namespace {

/// Everything that both sides start the step from.
struct StepInputs {
  std::vector<float> weights, momentum;
  std::vector<std::uint8_t> frozen, pixels, labels;
  float rate = 0;
};

/// A state in the middle of a training: biases and momentum are not zero, or a kernel that forgets them would pass.
StepInputs step_inputs(const Task& task, const Plan& plan, const Dataset& dataset) {
  const Hash256 seed = tagged_hash("FreezeNet/self-test", task.id().bytes);
  StepInputs in;
  in.weights = genesis_weights(plan, task.id());
  in.momentum.resize(plan.parameters);
  for (std::uint32_t t = 0; t < plan.tensors.size(); ++t) {
    const TensorSpec& tensor = plan.tensors[t];
    Stream stream(seed, "self-test", t);
    for (std::uint64_t i = tensor.offset; i < tensor.offset + tensor.count; ++i) {
      if (tensor.shape.size() == 1) in.weights[i] = tensor.initial + 0.1F * stream.uniform_float();
      in.momentum[i] = 0.01F * stream.uniform_float();
    }
  }
  const Watermark watermark = derive_watermark(plan, task.watermark_ppm, seed);
  apply_watermark(watermark, plan, in.weights);
  in.frozen = frozen_mask(watermark, plan);
  for (std::uint32_t i = 0; i < task.batch; ++i) {
    const ByteView pixels = dataset.train_pixels(i);
    in.pixels.insert(in.pixels.end(), pixels.begin(), pixels.end());
    in.labels.push_back(dataset.train_label(i));
  }
  in.rate = task.rate_at(0);
  return in;
}

/// Collects the largest share and fails at the first group over the tolerance.
class Comparison {
 public:
  void add(const std::string& group, std::span<const float> engine, std::span<const double> oracle) {
    double scale = 0, error = 0;
    for (std::size_t i = 0; i < oracle.size(); ++i) {
      const double difference = std::abs(double{engine[i]} - oracle[i]);
      // A NaN compares as no difference: it is made the largest one.
      error = std::isfinite(difference) ? std::max(error, difference) : HUGE_VAL;
      scale = std::max(scale, std::abs(oracle[i]));
    }
    const double share = error == 0 ? 0 : error / scale;
    max_error_ = std::max(max_error_, share);
    if (fault_.empty() && !(share <= kSelfTestTolerance)) {
      char text[160];
      std::snprintf(text, sizeof text, "%s differ from LibTorch by %.3g of their largest value, %.3g is allowed",
                    group.c_str(), share, kSelfTestTolerance);
      fault_ = text;
    }
  }
  void add_tensors(const std::string& group, const Plan& plan, std::span<const float> engine,
                   std::span<const double> oracle) {
    for (const TensorSpec& tensor : plan.tensors) {
      add(group + " of " + tensor.name, engine.subspan(tensor.offset, tensor.count),
          oracle.subspan(tensor.offset, tensor.count));
    }
  }
  void fail(std::string fault) {
    if (fault_.empty()) fault_ = std::move(fault);
  }

  [[nodiscard]] const std::string& fault() const { return fault_; }
  [[nodiscard]] double max_error() const { return max_error_; }

 private:
  std::string fault_;
  double max_error_ = 0;
};

/// Check 1 of the header; the largest error.
Result<double> compare_step(const Task& task, const Plan& plan, const Dataset& dataset, const EngineOptions& options) {
  const StepInputs in = step_inputs(task, plan, dataset);
  const OracleStep oracle = oracle_step(task, plan, in.weights, in.momentum, in.frozen, in.pixels, in.labels, in.rate);

  Engine engine(task, plan, options);
  const auto step = engine.forward_backward(in.weights, in.pixels, in.labels);
  if (!step) return tl::unexpected(step.error());
  Comparison comparison;
  comparison.add("logits", step->logits, oracle.logits);
  comparison.add("loss", {&step->loss, 1}, {&oracle.loss, 1});
  comparison.add_tensors("gradients", plan, step->gradients, oracle.gradients);

  std::vector<float> weights = in.weights, momentum = in.momentum;
  const std::vector<float> gradients(step->gradients.begin(), step->gradients.end());
  if (const auto updated = engine.update(weights, momentum, gradients, in.rate, in.frozen); !updated)
    return tl::unexpected(updated.error());
  comparison.add_tensors("momentum", plan, momentum, oracle.momentum);
  comparison.add_tensors("weights", plan, weights, oracle.weights);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (in.frozen[i] != 0 && std::memcmp(&weights[i], &in.weights[i], sizeof(float)) != 0)
      comparison.fail("a frozen weight moved");
  }
  if (!comparison.fault().empty()) return reject(RejectCode::kSelfTestFailed, comparison.fault());
  return comparison.max_error();
}

std::string who(const EngineOptions& options) {
  return "engine path " + std::string(kernels::name(options.path)) + ", " + std::to_string(options.threads) +
         " threads: ";
}

}  // namespace

Result<SelfTestReport> self_test(const Task& task, const Dataset& dataset, const EngineOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto plan = plan_of(task);
  if (!plan) return tl::unexpected(plan.error());
  if (dataset.spec() != task.dataset || task.batch > task.dataset.train_count) {
    return reject(RejectCode::kBadDataset, "the self-test needs the dataset of the task '" + task.name + "'");
  }
  SelfTestReport report{std::string(kernels::name(options.path)), options.threads, 0, 0};
  try {
    const auto error = compare_step(task, *plan, dataset, options);
    if (!error) return reject(error.error().code, who(options) + error.error().detail);
    report.max_error = *error;
  } catch (const c10::Error& error) {
    return reject(RejectCode::kSelfTestFailed, std::string("LibTorch failed: ") + error.what_without_backtrace());
  }
  if (const auto golden = check_golden_segment(options); !golden)
    return reject(golden.error().code, who(options) + golden.error().detail);
  report.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace freezenet::training
