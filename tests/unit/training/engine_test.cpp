#include "training/engine.h"

#include <cmath>
#include <cstring>

#include "consensus/watermark.h"
#include "tests/unit/training/small_task.h"

namespace freezenet::training {
namespace {

struct Batch {
  std::vector<std::uint8_t> pixels, labels;
};

Batch first_samples(const Dataset& dataset, std::uint32_t count) {
  Batch batch;
  for (std::uint32_t i = 0; i < count; ++i) {
    const ByteView sample = dataset.train_pixels(i);
    batch.pixels.insert(batch.pixels.end(), sample.begin(), sample.end());
    batch.labels.push_back(dataset.train_label(i));
  }
  return batch;
}

/// The network and its loss in binary64, by loops that share nothing with the engine; gradients come from differences
/// of it.
double reference_loss(const Task& task, const Plan& plan, const std::vector<double>& weights, const Batch& batch) {
  double total = 0;
  const std::size_t inputs = plan.activations[0].size();
  for (std::size_t n = 0; n < batch.labels.size(); ++n) {
    std::vector<double> x;
    for (std::size_t i = 0; i < inputs; ++i)
      x.push_back(static_cast<double>(task.inputs[0][batch.pixels[n * inputs + i]]));
    std::size_t tensor = 0;
    for (std::size_t l = 0; l < task.layers.size(); ++l) {
      const Activation in = plan.activations[l], out = plan.activations[l + 1];
      std::vector<double> y(out.size());
      const auto at = [&](std::int64_t c, std::int64_t row, std::int64_t col) {
        if (row < 0 || col < 0 || row >= in.height || col >= in.width) return 0.0;
        return x[static_cast<std::size_t>((c * in.height + row) * in.width + col)];
      };
      if (const auto* conv = std::get_if<Conv2d>(&task.layers[l])) {
        const double* w = weights.data() + plan.tensors[tensor].offset;
        const double* b = weights.data() + plan.tensors[tensor + 1].offset;
        tensor += 2;
        const std::int64_t k = conv->kernel, s = conv->stride, p = conv->padding;
        for (std::int64_t o = 0; o < out.channels; ++o)
          for (std::int64_t r = 0; r < out.height; ++r)
            for (std::int64_t c = 0; c < out.width; ++c) {
              double sum = b[o];
              for (std::int64_t i = 0; i < in.channels; ++i)
                for (std::int64_t u = 0; u < k; ++u)
                  for (std::int64_t v = 0; v < k; ++v)
                    sum += w[((o * in.channels + i) * k + u) * k + v] * at(i, r * s + u - p, c * s + v - p);
              y[static_cast<std::size_t>((o * out.height + r) * out.width + c)] = sum;
            }
      } else if (const auto* pool = std::get_if<MaxPool>(&task.layers[l])) {
        for (std::int64_t o = 0; o < out.channels; ++o)
          for (std::int64_t r = 0; r < out.height; ++r)
            for (std::int64_t c = 0; c < out.width; ++c) {
              double best = -1e300;
              for (std::int64_t u = 0; u < pool->kernel; ++u)
                for (std::int64_t v = 0; v < pool->kernel; ++v)
                  best = std::max(best, at(o, r * pool->stride + u, c * pool->stride + v));
              y[static_cast<std::size_t>((o * out.height + r) * out.width + c)] = best;
            }
      } else if (std::holds_alternative<Linear>(task.layers[l])) {
        const double* w = weights.data() + plan.tensors[tensor].offset;
        const double* b = weights.data() + plan.tensors[tensor + 1].offset;
        tensor += 2;
        for (std::size_t o = 0; o < y.size(); ++o) {
          y[o] = b[o];
          for (std::size_t i = 0; i < x.size(); ++i) y[o] += w[o * x.size() + i] * x[i];
        }
      } else {
        y = x;
        if (std::holds_alternative<Relu>(task.layers[l])) {
          for (double& v : y) v = std::max(v, 0.0);
        }
      }
      x = y;
    }
    double sum = 0;
    for (const double z : x) sum += std::exp(z);
    const double smoothing = static_cast<double>(task.label_smoothing);
    for (std::size_t j = 0; j < x.size(); ++j) {
      const double target = smoothing / static_cast<double>(x.size()) + (j == batch.labels[n] ? 1 - smoothing : 0);
      total += target * (std::log(sum) - x[j]);
    }
  }
  return total / static_cast<double>(batch.labels.size());
}

TEST(Engine, GradientsAreTheSlopesOfAnIndependentLoss) {
  const Task task = small_task();
  const Plan plan = plan_for(task);
  const Dataset dataset = digits();
  std::vector<float> weights = genesis_weights(plan, task.id());
  // Biases of 0 would put every blank patch of an image exactly on ReLU's corner, where there is no slope.
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0.0F) weights[i] = 0.01F * static_cast<float>(i % 7 + 1);
  }
  const Batch batch = first_samples(dataset, task.batch);
  Engine engine(task, plan);
  const auto step = engine.forward_backward(weights, batch.pixels, batch.labels);
  ASSERT_TRUE(step.has_value()) << step.error().message();

  std::vector<double> exact(weights.begin(), weights.end());
  EXPECT_NEAR(step->loss, reference_loss(task, plan, exact, batch), 1e-5);
  constexpr double kDelta = 1e-6;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double kept = exact[i];
    exact[i] = kept + kDelta;
    const double above = reference_loss(task, plan, exact, batch);
    exact[i] = kept - kDelta;
    const double below = reference_loss(task, plan, exact, batch);
    exact[i] = kept;
    ASSERT_NEAR(step->gradients[i], (above - below) / (2 * kDelta), 3e-6) << "weight " << i;
  }
}

TEST(Engine, EveryPathAndThreadCountYieldsTheSameBits) {
  const Task task = small_task();
  const Plan plan = plan_for(task);
  const Dataset dataset = digits();
  const std::vector<float> weights = genesis_weights(plan, task.id());
  const Batch batch = first_samples(dataset, 5);
  std::vector<float> logits, gradients;
  for (const kernels::Path path : kernels::available_paths()) {
    for (const unsigned threads : {1U, 2U, 3U}) {
      Engine engine(task, plan, {path, threads});
      const auto step = engine.forward_backward(weights, batch.pixels, batch.labels);
      ASSERT_TRUE(step.has_value());
      if (logits.empty()) {
        logits.assign(step->logits.begin(), step->logits.end());
        gradients.assign(step->gradients.begin(), step->gradients.end());
      }
      EXPECT_EQ(std::memcmp(logits.data(), step->logits.data(), logits.size() * 4), 0)
          << kernels::name(path) << "/" << threads;
      EXPECT_EQ(std::memcmp(gradients.data(), step->gradients.data(), gradients.size() * 4), 0)
          << kernels::name(path) << "/" << threads;
    }
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
