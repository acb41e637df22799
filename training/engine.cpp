#include "training/engine.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "training/kernels/float_environment.h"
#include "training/kernels/loss.h"
#include "training/kernels/optimizer.h"

namespace freezenet::training {

namespace {

constexpr std::uint32_t kLargestWeightBits = std::bit_cast<std::uint32_t>(kLargestWeight);

/// Arguments of the wrong size are a bug of the caller's, not something from outside; still an answer is better than a
/// wild read.
tl::unexpected<Reject> wrong_size(const char* what, std::size_t found, std::size_t wanted) {
  return reject(RejectCode::kConfig,
                std::string("engine: ") + what + ": " + std::to_string(found) + ", expected " + std::to_string(wanted));
}

const kernels::KernelTable& loops_of(const EngineOptions& options) {
  return options.table != nullptr ? *options.table : kernels::table_of(options.path);
}

}  // namespace

Engine::Engine(const Task& task, const Plan& plan, EngineOptions options)
    : options_(options),
      batch_(task.batch),
      input_size_(plan.activations.front().size()),
      classes_(plan.activations.back().size()),
      parameters_(plan.parameters),
      inputs_(task.inputs),
      momentum_(task.momentum),
      weight_decay_(task.weight_decay),
      label_smoothing_(task.label_smoothing),
      pool_(options.threads),
      network_(task, plan, {loops_of(options), pool_}, options.skip_zeros),
      gradients_(plan.parameters),
      logits_(batch_ * classes_),
      logit_gradients_(batch_ * classes_),
      loss_scratch_(2 * classes_ + batch_) {}

Result<> Engine::ready() const {
  if (!kernels::available(options_.path)) {
    return reject(RejectCode::kConfig,
                  "this machine cannot run the kernels '" + std::string(kernels::name(options_.path)) + "'");
  }
  return environment_held();
}

Result<> Engine::environment_held() const {
  if (kernels::FloatEnvironment::correct() && pool_.environment_correct()) return {};
  return reject(RejectCode::kSelfTestFailed,
                "the floating-point control register of a computing thread was changed (rounding mode or denormals)");
}

/// A -0 in a table is a +0 for the network: no operation ever sees one.
void Engine::look_up(std::span<const std::uint8_t> pixels) {
  const std::size_t plane = input_size_ / inputs_.size();
  float* to = network_.input();
  for (std::size_t i = 0; i < pixels.size();) {
    const InputTable& table = inputs_[i / plane % inputs_.size()];
    for (const std::size_t end = i + plane; i < end; ++i) to[i] = table[pixels[i]] + 0.0F;
  }
}

Result<std::span<const float>> Engine::forward(std::span<const float> weights, std::span<const std::uint8_t> pixels,
                                               std::uint32_t count) {
  if (weights.size() != parameters_) return wrong_size("weights", weights.size(), parameters_);
  if (count == 0 || count > batch_) return wrong_size("samples", count, batch_);
  if (pixels.size() != count * input_size_) return wrong_size("pixels", pixels.size(), count * input_size_);
  const kernels::FloatEnvironment environment;
  if (auto ok = ready(); !ok) return tl::unexpected(ok.error());
  look_up(pixels);
  count_ = count;
  network_.forward(weights.data(), count);
  if (auto ok = environment_held(); !ok) return tl::unexpected(ok.error());
  return logits();
}

Result<std::span<const float>> Engine::forward_values(std::span<const float> weights, std::span<const float> inputs,
                                                      std::uint32_t count) {
  if (weights.size() != parameters_) return wrong_size("weights", weights.size(), parameters_);
  if (count == 0 || count > batch_) return wrong_size("samples", count, batch_);
  if (inputs.size() != count * input_size_) return wrong_size("inputs", inputs.size(), count * input_size_);
  const kernels::FloatEnvironment environment;
  if (auto ok = ready(); !ok) return tl::unexpected(ok.error());
  for (std::size_t i = 0; i < inputs.size(); ++i) network_.input()[i] = inputs[i] + 0.0F;
  count_ = count;
  network_.forward(weights.data(), count);
  if (auto ok = environment_held(); !ok) return tl::unexpected(ok.error());
  return logits();
}

/// A copy, because the backward pass puts gradients in the logits' place.
std::span<const float> Engine::logits() {
  std::copy_n(network_.logits(), count_ * classes_, logits_.begin());
  return std::span(logits_).first(count_ * classes_);
}

Result<float> Engine::loss(std::span<const std::uint8_t> labels, std::span<float> logit_gradients) {
  if (labels.size() != count_ || count_ == 0) return wrong_size("labels", labels.size(), count_);
  if (!logit_gradients.empty() && logit_gradients.size() != count_ * classes_) {
    return wrong_size("logit gradients", logit_gradients.size(), count_ * classes_);
  }
  for (const std::uint8_t label : labels) {
    if (label >= classes_) return wrong_size("label", label, classes_ - 1);
  }
  const kernels::FloatEnvironment environment;
  float* gradient = logit_gradients.empty() ? logit_gradients_.data() : logit_gradients.data();
  const float value = kernels::softmax_cross_entropy({classes_, label_smoothing_}, count_, network_.logits(),
                                                     labels.data(), gradient, loss_scratch_);
  if (auto ok = environment_held(); !ok) return tl::unexpected(ok.error());
  return value;
}

Result<std::span<const float>> Engine::backward(std::span<const float> weights, std::span<const float> logit_gradients,
                                                std::span<float> input_gradients) {
  if (weights.size() != parameters_) return wrong_size("weights", weights.size(), parameters_);
  if (count_ == 0 || logit_gradients.size() != count_ * classes_) {
    return wrong_size("logit gradients", logit_gradients.size(), count_ * classes_);
  }
  if (!input_gradients.empty() && input_gradients.size() != count_ * input_size_) {
    return wrong_size("input gradients", input_gradients.size(), count_ * input_size_);
  }
  const kernels::FloatEnvironment environment;
  if (auto ok = ready(); !ok) return tl::unexpected(ok.error());
  network_.backward(weights.data(), count_, logit_gradients.data(), gradients_.data(),
                    input_gradients.empty() ? nullptr : input_gradients.data());
  count_ = 0;  // the gradients took the activations' places
  if (auto ok = environment_held(); !ok) return tl::unexpected(ok.error());
  return std::span<const float>(gradients_);
}

Result<Engine::Step> Engine::forward_backward(std::span<const float> weights, std::span<const std::uint8_t> pixels,
                                              std::span<const std::uint8_t> labels) {
  const auto logits = forward(weights, pixels, static_cast<std::uint32_t>(labels.size()));
  if (!logits) return tl::unexpected(logits.error());
  const std::span<float> logit_gradients = std::span(logit_gradients_).first(logits->size());
  const auto value = loss(labels, logit_gradients);
  if (!value) return tl::unexpected(value.error());
  const auto gradients = backward(weights, logit_gradients);
  if (!gradients) return tl::unexpected(gradients.error());
  return Step{*logits, *value, *gradients};
}

Result<> Engine::update(std::span<float> weights, std::span<float> momentum, std::span<const float> gradients,
                        float rate, std::span<const std::uint8_t> frozen) {
  if (weights.size() != parameters_) return wrong_size("weights", weights.size(), parameters_);
  if (momentum.size() != parameters_) return wrong_size("momentum", momentum.size(), parameters_);
  if (gradients.size() != parameters_) return wrong_size("gradients", gradients.size(), parameters_);
  if (!frozen.empty() && frozen.size() != parameters_) return wrong_size("mask", frozen.size(), parameters_);
  const kernels::FloatEnvironment environment;
  if (auto ok = ready(); !ok) return ok;
  const std::uint32_t largest =
      kernels::sgd_update({loops_of(options_), pool_}, {rate, momentum_, weight_decay_}, parameters_, weights.data(),
                          momentum.data(), gradients.data(), frozen.empty() ? nullptr : frozen.data());
  if (auto ok = environment_held(); !ok) return ok;
  if (largest > kLargestWeightBits) return reject(RejectCode::kVoidSegment, "a weight is not finite or beyond 2^16");
  return {};
}

}  // namespace freezenet::training
