#include "training/engine.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "consensus/watermark.h"
#include "tests/unit/training/reference_network.h"
#include "tests/unit/training/small_task.h"

namespace freezenet::training {
namespace {

struct Network {
  const char* name;
  std::vector<freezenet::Layer> layers;
};

/// Every kind of layer, in every place where the engine treats it in another way than elsewhere.
std::vector<Network> networks() {
  const Linear logits{.out_features = 10};
  return {{"plain", small_task().layers},
          {"residual blocks",
           {Conv2d{4, 3, 1, 1}, GroupNorm{2, 1e-5F}, Relu{}, Conv2d{4, 3, 1, 1}, GroupNorm{4, 1e-3F}, ResidualAdd{3},
            Relu{}, MaxPool{2, 2}, Conv2d{4, 1, 1, 0}, ResidualAdd{8}, AvgPool{2, 2}, Flatten{}, logits}},
          {"adds what stood before a ReLU",
           {Conv2d{3, 3, 1, 1}, GroupNorm{3, 1e-5F}, Relu{}, Conv2d{3, 3, 1, 1}, ResidualAdd{2}, Relu{}, ResidualAdd{5},
            MaxPool{2, 2}, Flatten{}, logits}},
          {"two readers, and its own input",
           {Conv2d{2, 3, 1, 1}, Relu{}, Conv2d{2, 3, 1, 1}, ResidualAdd{2}, ResidualAdd{2}, ResidualAdd{5},
            AvgPool{3, 2}, Flatten{}, logits}},
          {"pooling of what is added later",
           {Conv2d{2, 3, 1, 1}, Relu{}, MaxPool{1, 1}, ResidualAdd{2}, MaxPool{2, 2}, Relu{}, MaxPool{3, 1}, Flatten{},
            logits}},
          {"adds across a flatten",
           {AvgPool{2, 2}, Conv2d{6, 4, 1, 0}, Flatten{}, Relu{}, Linear{6}, ResidualAdd{2}, Linear{6}, ResidualAdd{3},
            ResidualAdd{4}, Relu{}, logits}},
          {"group norm first",
           {GroupNorm{1, 1e-5F}, ResidualAdd{0}, Conv2d{2, 3, 2, 1}, Relu{}, GroupNorm{2, 0.1F}, Relu{}, Flatten{},
            logits, GroupNorm{5, 1e-2F}}},
          {"group norm first of all weights", {MaxPool{2, 2}, GroupNorm{1, 1e-5F}, Relu{}, Flatten{}, logits}},
          {"relu first, input added",
           {Relu{}, Conv2d{1, 3, 1, 1}, ResidualAdd{0}, Conv2d{2, 3, 2, 1}, MaxPool{3, 1}, Relu{}, Flatten{}, logits}},
          {"relu first, in place", {Relu{}, Conv2d{2, 3, 2, 1}, Flatten{}, logits}},
          {"pools first", {MaxPool{2, 2}, MaxPool{2, 1}, AvgPool{1, 1}, Conv2d{2, 2, 1, 0}, Flatten{}, logits}},
          {"one linear layer", {Flatten{}, logits}},
          {"relu last", {Flatten{}, logits, Relu{}}},
          {"relu last, and what stood before it", {Flatten{}, logits, Relu{}, ResidualAdd{2}, Relu{}}},
          {"group norm of odd planes behind a relu",
           {Conv2d{5, 3, 1, 1}, Relu{}, GroupNorm{1, 1e-5F}, MaxPool{4, 4}, Flatten{}, logits}}};
}

Task task_of(const Network& network, std::uint32_t batch) {
  Task task = small_task();
  task.layers = network.layers;
  task.batch = batch;
  task.evaluation_slice = 1;
  return task;
}

/// Not at a corner of ReLU or of a maximum, as biases of 0 on blank patches would be.
std::vector<float> some_weights(const Task& task, const Plan& plan) {
  std::mt19937 random(3);
  std::vector<float> weights = genesis_weights(plan, task.id());
  for (float& w : weights) w += 0.1F * (static_cast<float>(random() % 1000) / 1000.0F - 0.4F);
  return weights;
}

std::vector<float> some_inputs(std::size_t count) {
  std::mt19937 random(4);
  std::vector<float> inputs(count);
  for (float& v : inputs) v = static_cast<float>(random() % 100000) / 50000.0F - 0.9F;
  return inputs;
}

TEST(Engine, GradientsAreTheSlopesOfAnIndependentLoss) {
  for (const Network& network : networks()) {
    SCOPED_TRACE(network.name);
    const Task task = task_of(network, 3);
    const Plan plan = plan_for(task);
    const std::vector<float> weights = some_weights(task, plan);
    const std::vector<float> inputs = some_inputs(3 * plan.activations[0].size());
    const std::vector<std::uint8_t> labels = {3, 0, 9};
    Engine engine(task, plan);
    ASSERT_TRUE(engine.forward_values(weights, inputs, 3).has_value());
    std::vector<float> logit_gradients(30), input_gradients(inputs.size());
    const auto loss = engine.loss(labels, logit_gradients);
    ASSERT_TRUE(loss.has_value());
    const auto gradients = engine.backward(weights, logit_gradients, input_gradients);
    ASSERT_TRUE(gradients.has_value());

    test::ReferenceNetwork reference(task, plan);
    std::vector<double> w(weights.begin(), weights.end()), x(inputs.begin(), inputs.end());
    EXPECT_NEAR(*loss, reference.loss(w, x, labels), 1e-5);
    const auto slope = [&](double& value) {
      constexpr double kDelta = 1e-6;
      const double kept = value;
      value = kept + kDelta;
      const double above = reference.loss(w, x, labels);
      value = kept - kDelta;
      const double below = reference.loss(w, x, labels);
      value = kept;
      return (above - below) / (2 * kDelta);
    };
    for (std::size_t i = 0; i < w.size(); ++i) {
      const double expected = slope(w[i]);
      ASSERT_NEAR((*gradients)[i], expected, 3e-6 * (1 + std::fabs(expected))) << "weight " << i;
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = slope(x[i]);
      ASSERT_NEAR(input_gradients[i], expected, 3e-6 * (1 + std::fabs(expected))) << "input " << i;
    }
  }
}

/// Convolutions with so many channels that zeros are skipped on every path, behind ReLUs and pools that leave few
/// others.
Network wide() {
  return {"wide",
          {Conv2d{16, 3, 1, 1}, Relu{}, MaxPool{2, 2}, Conv2d{16, 3, 1, 1}, Relu{}, MaxPool{2, 2}, Conv2d{16, 3, 1, 1},
           ResidualAdd{6}, Relu{}, MaxPool{2, 2}, Flatten{}, Linear{10}}};
}

/// Bits of what a step yields: logits, loss, gradients, then gradients and those of the inputs from other logit
/// gradients.
struct StepBits {
  std::vector<std::uint32_t> bits;
};

::testing::AssertionResult same(const StepBits& found, const StepBits& expected) {
  const auto [a, b] = std::mismatch(found.bits.begin(), found.bits.end(), expected.bits.begin(), expected.bits.end());
  if (a == found.bits.end() && b == expected.bits.end()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "differs from value " << a - found.bits.begin() << " of "
                                       << found.bits.size();
}

StepBits step_bits(const Task& task, const Plan& plan, const EngineOptions& options, const Batch& batch,
                   std::uint32_t max_count = 0) {
  Task roomy = task;
  if (max_count != 0) roomy.batch = max_count;
  Engine engine(roomy, plan, options);
  const std::vector<float> weights = some_weights(task, plan);
  StepBits found;
  const auto append = [&](std::span<const float> values) {
    for (const float v : values) found.bits.push_back(std::bit_cast<std::uint32_t>(v));
  };
  // Twice: what the first step leaves in the buffers is of no consequence.
  for (int round = 0; round < 2; ++round) {
    found.bits.clear();
    const auto step = engine.forward_backward(weights, batch.pixels, batch.labels);
    EXPECT_TRUE(step.has_value());
    if (!step) return {};
    append(step->logits);
    append({&step->loss, 1});
    append(step->gradients);
  }
  const std::vector<float> logit_gradients = some_inputs(batch.labels.size() * engine.classes());
  std::vector<float> input_gradients(batch.labels.size() * engine.input_size());
  EXPECT_TRUE(engine.forward(weights, batch.pixels, static_cast<std::uint32_t>(batch.labels.size())).has_value());
  const auto gradients = engine.backward(weights, logit_gradients, input_gradients);
  EXPECT_TRUE(gradients.has_value());
  if (!gradients) return {};
  append(*gradients);
  append(input_gradients);
  return found;
}

std::vector<Network> all_networks() {
  std::vector<Network> all = networks();
  all.push_back(wide());
  return all;
}

TEST(Engine, EveryPathThreadCountAndSkippingYieldTheSameBits) {
  const Dataset dataset = digits();
  for (const Network& network : all_networks()) {
    const Task task = task_of(network, 7);
    const Plan plan = plan_for(task);
    const Batch batch = first_samples(dataset, 7);
    const StepBits expected =
        step_bits(task, plan, {.path = kernels::Path::kPortable, .threads = 1, .skip_zeros = false}, batch);
    for (const kernels::Path path : kernels::available_paths()) {
      for (const unsigned threads : {1U, 2U, 3U, 8U}) {
        for (const bool skip : {false, true}) {
          EXPECT_TRUE(
              same(step_bits(task, plan, {.path = path, .threads = threads, .skip_zeros = skip}, batch), expected))
              << network.name << " on " << kernels::name(path) << "/" << threads << ", skipping " << skip;
        }
      }
    }
  }
}

/// Which gradients of the wide network are finite.
std::vector<bool> finite_gradients(const Task& task, const Plan& plan, const std::vector<float>& weights,
                                   const std::vector<float>& inputs, bool skip) {
  Engine engine(task, plan, {.skip_zeros = skip});
  EXPECT_TRUE(engine.forward_values(weights, inputs, 3).has_value());
  std::vector<float> input_gradients(inputs.size());
  const auto gradients = engine.backward(weights, some_inputs(30), input_gradients);
  std::vector<bool> finite;
  for (const float g : gradients.value()) finite.push_back(std::isfinite(g));
  for (const float g : input_gradients) finite.push_back(std::isfinite(g));
  return finite;
}

/// A zero times infinity is no term to leave out.
TEST(Engine, InfiniteWeightsAndInputsAreNotSkipped) {
  const Task task = task_of(wide(), 3);
  const Plan plan = plan_for(task);
  const std::vector<float> weights = some_weights(task, plan), inputs = some_inputs(3 * 64);
  const auto expect_same = [&](const std::vector<float>& w, const std::vector<float>& x) {
    const auto expected = finite_gradients(task, plan, w, x, false);
    EXPECT_EQ(finite_gradients(task, plan, w, x, true), expected);
    EXPECT_NE(expected, std::vector<bool>(expected.size(), true)) << "nothing became infinite";
  };
  for (const std::size_t infinite : {plan.tensors[2].offset + 700, plan.tensors[4].offset + 1}) {
    std::vector<float> w = weights;
    w[infinite] = std::numeric_limits<float>::infinity();
    expect_same(w, inputs);
  }
  std::vector<float> x = inputs;
  x[70] = std::numeric_limits<float>::infinity();
  expect_same(weights, x);
}

TEST(Engine, FewerSamplesThanThereIsRoomFor) {
  const Dataset dataset = digits();
  for (const Network& network : all_networks()) {
    for (const std::uint32_t count : {1U, 5U}) {
      const Task task = task_of(network, count);
      const Plan plan = plan_for(task);
      const Batch batch = first_samples(dataset, count);
      const StepBits expected = step_bits(task, plan, {}, batch);
      for (const unsigned threads : {1U, 3U}) {
        EXPECT_TRUE(same(step_bits(task, plan, {.threads = threads}, batch, 8), expected))
            << network.name << ", " << count << " samples, " << threads << " threads";
      }
    }
  }
}

TEST(Engine, BackwardIsOnceAForward) {
  const Task task = small_task();
  const Plan plan = plan_for(task);
  const std::vector<float> weights(plan.parameters, 0.01F), logit_gradients(10, 0.5F);
  Engine engine(task, plan);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(engine.forward(weights, std::vector<std::uint8_t>(64, 9), 1).has_value());
    EXPECT_TRUE(engine.backward(weights, logit_gradients).has_value());
    const auto again = engine.backward(weights, logit_gradients);
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error().code, RejectCode::kConfig);
  }
}

TEST(Engine, PiecesEqualTheWholeStep) {
  const Task task = small_task();
  const Plan plan = plan_for(task);
  const Dataset dataset = digits();
  const std::vector<float> weights = genesis_weights(plan, task.id());
  const Batch batch = first_samples(dataset, task.batch);
  Engine whole(task, plan), pieces(task, plan);
  const auto step = whole.forward_backward(weights, batch.pixels, batch.labels);
  ASSERT_TRUE(step.has_value());

  std::vector<float> inputs;
  for (const std::uint8_t pixel : batch.pixels) inputs.push_back(pixel == 0 ? -0.0F : task.inputs[0][pixel]);
  const auto logits = pieces.forward_values(weights, inputs, task.batch);
  ASSERT_TRUE(logits.has_value());
  EXPECT_EQ(std::memcmp(logits->data(), step->logits.data(), logits->size_bytes()), 0);
  std::vector<float> logit_gradients(logits->size()), input_gradients(inputs.size(), 7.0F);
  const auto loss = pieces.loss(batch.labels, logit_gradients);
  ASSERT_TRUE(loss.has_value());
  EXPECT_EQ(*loss, step->loss);
  const auto gradients = pieces.backward(weights, logit_gradients, input_gradients);
  ASSERT_TRUE(gradients.has_value());
  EXPECT_EQ(std::memcmp(gradients->data(), step->gradients.data(), gradients->size_bytes()), 0);
  EXPECT_NE(input_gradients, std::vector<float>(inputs.size(), 7.0F));
}

TEST(Engine, WrongSizesAndLabelsAreRefused) {
  const Task task = small_task();
  const Plan plan = plan_for(task);
  std::vector<float> weights(plan.parameters, 0.0F);
  const std::vector<std::uint8_t> pixels(64, 0);
  Engine engine(task, plan);
  const auto code = [](const auto& result) { return result.has_value() ? RejectCode::kBusy : result.error().code; };
  EXPECT_EQ(code(engine.backward(weights, {})), RejectCode::kConfig) << "nothing to go back from";
  EXPECT_EQ(code(engine.forward(std::span(weights).first(3), pixels, 1)), RejectCode::kConfig);
  EXPECT_EQ(code(engine.forward(weights, pixels, 2)), RejectCode::kConfig);
  EXPECT_EQ(code(engine.forward(weights, {}, 0)), RejectCode::kConfig);
  EXPECT_EQ(code(engine.forward(weights, std::vector<std::uint8_t>(64 * 8), 8)), RejectCode::kConfig);
  EXPECT_EQ(code(engine.forward_backward(weights, pixels, std::vector<std::uint8_t>{10})), RejectCode::kConfig);
  EXPECT_TRUE(engine.forward(weights, pixels, 1).has_value());
}

TEST(Engine, UpdateNamesAWeightThatLeavesTheRange) {
  const Task task = small_task();
  const Plan plan = plan_for(task);
  Engine engine(task, plan);
  std::vector<float> weights(plan.parameters, 0.5F), momentum(plan.parameters, 0.0F), gradients(plan.parameters, 0.0F);
  weights.back() = 0x1p16F;
  std::vector<std::uint8_t> frozen(plan.parameters, 1);
  EXPECT_TRUE(engine.update(weights, momentum, gradients, 0.1F, frozen).has_value()) << "2^16 itself is allowed";
  EXPECT_EQ(weights[0], 0.5F);
  weights.back() = 0x1.000002p16F;
  const auto beyond = engine.update(weights, momentum, gradients, 0.1F, frozen);
  ASSERT_FALSE(beyond.has_value());
  EXPECT_EQ(beyond.error().code, RejectCode::kVoidSegment);
}

#if defined(__x86_64__)
TEST(Engine, CallersFloatingPointStateNeitherMattersNorChanges) {
  const Task task = small_task();
  const Plan plan = plan_for(task);
  const Dataset dataset = digits();
  // Weights so small that products are denormal: flushing would change the bits.
  std::vector<float> weights = genesis_weights(plan, task.id());
  for (float& w : weights) w *= 0x1p-63F;
  const Batch batch = first_samples(dataset, 2);
  Engine engine(task, plan);
  const auto plain = engine.forward(weights, batch.pixels, 2);
  ASSERT_TRUE(plain.has_value());
  const std::vector<float> expected(plain->begin(), plain->end());
  const unsigned original = __builtin_ia32_stmxcsr();
  const unsigned strange = (original | 0xE040U) & ~0x3FU;  // flush to zero, denormals are zero, round towards zero
  __builtin_ia32_ldmxcsr(strange);
  const auto found = engine.forward(weights, batch.pixels, 2);
  const unsigned after = __builtin_ia32_stmxcsr() & ~0x3FU;
  __builtin_ia32_ldmxcsr(original);
  EXPECT_EQ(after, strange);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(std::memcmp(found->data(), expected.data(), found->size_bytes()), 0);
}
#endif

}  // namespace
}  // namespace freezenet::training
