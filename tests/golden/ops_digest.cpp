// Every operation of docs/numerics.md by itself, on small pseudo-random inputs: prints "NAME SHA256 PATH/THREADS" a
// line, so that builds by other compilers, with other flags, on other machines can be compared with ops.digest
// (check_matrix.sh, check_aarch64.sh). Where segment_digest says that bits differ, this says whose; and the segment's
// task has no group norm, average or residual add.
//
//   ops_digest [[PATH/]THREADS...]     only these runs (runs.h); 1 if this machine lacks one of them, or if a result
//                                      depends on whether terms that are zero are skipped
#include <algorithm>
#include <bit>
#include <cstdio>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "consensus/base/hex.h"
#include "consensus/crypto/hash_drbg.h"
#include "consensus/crypto/sha256.h"
#include "consensus/task.h"
#include "tests/golden/runs.h"
#include "training/augment.h"
#include "training/engine.h"
#include "training/kernels/math.h"

using namespace freezenet;

namespace {

using Layers = std::vector<Layer>;
using Floats = std::vector<float>;
using Sides = std::vector<std::uint32_t>;

constexpr std::uint32_t kBatch = 3;
constexpr std::uint32_t kClasses = 5;
constexpr std::uint32_t kZeroPixel = 96;  // what the input table makes +0 of

/// A network around one operation, for images of each of these sides.
struct Operation {
  std::string name;
  std::uint32_t channels;
  Sides sides;
  std::function<Layers(std::uint32_t side)> layers;
};

Layers with_head(Layers layers) {
  layers.insert(layers.end(), {Flatten{}, Linear{kClasses}});
  return layers;
}

std::vector<Operation> convolutions() {
  std::vector<Operation> list;
  for (const Conv2d conv :
       {Conv2d{3, 1, 1, 0}, {3, 1, 2, 0}, {3, 3, 1, 0}, {3, 3, 1, 1}, {3, 3, 2, 1}, {3, 5, 1, 2}, {3, 5, 2, 2}}) {
    const std::string name = "conv" + std::to_string(conv.kernel) + "x" + std::to_string(conv.kernel) + "-stride" +
                             std::to_string(conv.stride) + "-padding" + std::to_string(conv.padding);
    list.push_back({name, 2, {4, 7, 8, 14, 16, 28, 32}, [conv](std::uint32_t) { return with_head({conv}); }});
  }
  // Enough channels, and few enough gradients that are not zero, for the loops that skip terms.
  list.push_back({"conv3x3-sparse", 16, {4, 7, 8, 14}, [](std::uint32_t) {
                    return with_head({Conv2d{9, 3, 1, 1}, Relu{}, MaxPool{2, 2}});
                  }});
  list.push_back({"conv3x3-stride2-sparse", 16, {7, 8, 14}, [](std::uint32_t) {
                    return with_head({Conv2d{9, 3, 2, 1}, Relu{}, MaxPool{2, 2}});
                  }});
  return list;
}

std::vector<Operation> others() {
  const Sides all = {4, 7, 8, 14, 16, 28, 32};
  const Conv2d first{kClasses, 1, 1, 0};
  return {
      {"linear", 1, all,
       [](std::uint32_t side) {
         return with_head({Flatten{}, Linear{side}, Relu{}});
       }},
      {"max-pool2x2", 2, all,
       [](std::uint32_t) {
         return with_head({MaxPool{2, 2}});
       }},
      {"max-pool2x2-behind-relu", 2, all,
       [](std::uint32_t) {
         return with_head({Conv2d{2, 1, 1, 0}, Relu{}, MaxPool{2, 2}});
       }},
      {"max-pool3x3-stride2", 2, all,
       [](std::uint32_t) {
         return with_head({MaxPool{3, 2}});
       }},
      {"avg-pool2x2", 2, all,
       [](std::uint32_t) {
         return with_head({AvgPool{2, 2}});
       }},
      {"avg-pool3x3-stride2", 2, all,
       [](std::uint32_t) {
         return with_head({AvgPool{3, 2}});
       }},
      {"avg-pool-whole", 2, all,
       [](std::uint32_t side) {
         return with_head({AvgPool{side, side}});
       }},
      {"group-norm", 4, all,
       [](std::uint32_t) {
         return with_head({GroupNorm{2, 1e-5F}});
       }},
      {"group-norm-relu", 3, all,
       [](std::uint32_t) {
         return with_head({GroupNorm{3, 1e-3F}, Relu{}});
       }},
      {"residual-add", 3, all,
       [](std::uint32_t) {
         return with_head({Conv2d{3, 1, 1, 0}, Relu{}, ResidualAdd{0}, Relu{}, ResidualAdd{2}, ResidualAdd{0}});
       }},
      {"residual-block", 4, all,
       [](std::uint32_t) {
         return with_head({GroupNorm{2, 1e-5F}, Relu{}, Conv2d{4, 1, 1, 0}, GroupNorm{1, 1e-5F}, ResidualAdd{2}, Relu{},
                           MaxPool{2, 2}});
       }},
      // With nothing behind them: what they leave is seen as it is, signs of zeros included.
      {"conv-last",
       2,
       {4},
       [](std::uint32_t side) {
         return Layers{Conv2d{kClasses, side, 1, 0}};
       }},
      {"max-pool-last",
       1,
       {4, 7},
       [=](std::uint32_t side) {
         return Layers{first, MaxPool{side, side}};
       }},
      {"avg-pool-last",
       1,
       {4, 7},
       [=](std::uint32_t side) {
         return Layers{first, AvgPool{side, side}};
       }},
      {"relu-last",
       1,
       {4},
       [=](std::uint32_t side) {
         return Layers{first, AvgPool{side, side}, Relu{}};
       }},
      {"group-norm-last",
       kClasses,
       {1},
       [](std::uint32_t) {
         return Layers{GroupNorm{kClasses, 1e-5F}};
       }},
      {"residual-add-last",
       kClasses,
       {1},
       [=](std::uint32_t) {
         return Layers{first, ResidualAdd{0}};
       }},
  };
}

/// plan_of(task) has to take it; what is not computed here (rates, watermark, hash of the data) is anything allowed.
Task task_of(const Layers& layers, std::uint32_t channels, std::uint32_t side, std::uint32_t classes, float smoothing) {
  Task task;
  task.name = task.dataset.name = "operations";
  task.dataset.channels = channels;
  task.dataset.height = task.dataset.width = side;
  task.dataset.classes = classes;
  task.dataset.train_count = kBatch;
  task.dataset.evaluation_count = 1;
  task.inputs.resize(channels);
  for (InputTable& table : task.inputs) {
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      // Not in steps of a power of two: sums of such values would be exact in any order.
      table[i] = (static_cast<float>(i) - static_cast<float>(kZeroPixel)) * 0.0173F;
    }
  }
  task.layers = layers;
  task.batch = kBatch;
  task.steps = 32;
  task.momentum = 0.9F;
  task.weight_decay = 1e-3F;
  task.label_smoothing = smoothing;
  task.rate_period = 1;
  task.rates = {0.05F};
  task.watermark_ppm = 1;
  task.evaluation_slice = 1;
  return task;
}

Stream stream_of(const std::string& name) { return {sha256(as_bytes(name.c_str())), "golden operations", 0}; }

/// Every third bias, and every third weight of a norm, is -0: what a closing + 0.0 turns into +0.
Floats draw_weights(const Plan& plan, Stream& stream) {
  Floats weights(plan.parameters);
  stream.fill_uniform(weights, 0.5F);
  for (const TensorSpec& tensor : plan.tensors) {
    for (std::uint64_t i = 0; tensor.shape.size() == 1 && i < tensor.count; i += 3) weights[tensor.offset + i] = -0.0F;
  }
  return weights;
}

/// The first sample is all zeros, and some pixels of the others are.
Bytes draw_pixels(std::size_t sample, Stream& stream) {
  Bytes pixels(kBatch * sample, kZeroPixel);
  for (std::size_t i = sample; i < pixels.size(); ++i) {
    const std::uint32_t drawn = stream.next_u32();
    if (drawn % 4 > 0) pixels[i] = static_cast<std::uint8_t>(drawn >> 24);
  }
  return pixels;
}

Floats draw_floats(std::size_t count, float scale, Stream& stream) {
  Floats values(count);
  stream.fill_uniform(values, scale);
  return values;
}

/// Where the lines come from: one hash a name, over all that belongs to it.
class Line {
 public:
  explicit Line(std::string name) : name_(std::move(name)) {}
  void add(std::span<const float> values) { hash_.update(as_bytes(values)); }
  void add(ByteView bytes) { hash_.update(bytes); }
  void print(const golden::Run& run) {
    std::printf("%s %s %s\n", name_.c_str(), to_hex(ByteView(hash_.finish().bytes)).c_str(), run.label().c_str());
  }

 private:
  std::string name_;
  Sha256 hash_;
};

/// What a caller gets from the engine, in one list.
struct Computed {
  Floats forward, backward;
};

Result<Computed> compute(const Task& task, const Plan& plan, const training::EngineOptions& options, Stream stream) {
  training::Engine engine(task, plan, options);
  const Floats weights = draw_weights(plan, stream);
  const Bytes pixels = draw_pixels(engine.input_size(), stream);
  const Floats logit_gradients = draw_floats(kBatch * engine.classes(), 1, stream);
  const auto logits = engine.forward(weights, pixels, kBatch);
  if (!logits) return tl::unexpected(logits.error());
  Computed out;
  out.forward.assign(logits->begin(), logits->end());
  Floats input_gradients(pixels.size());
  const auto gradients = engine.backward(weights, logit_gradients, input_gradients);
  if (!gradients) return tl::unexpected(gradients.error());
  out.backward.assign(gradients->begin(), gradients->end());
  out.backward.insert(out.backward.end(), input_gradients.begin(), input_gradients.end());
  return out;
}

bool same_bits(const Floats& a, const Floats& b) {
  const ByteView x = as_bytes(std::span<const float>(a)), y = as_bytes(std::span<const float>(b));
  return std::equal(x.begin(), x.end(), y.begin(), y.end());
}

bool failed(const std::string& name, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", name.c_str(), why.c_str());
  return false;
}

/// Forward and backward, each the same whether zeros are skipped or not.
bool print_operation(const Operation& operation, const golden::Run& run) {
  Line forward(operation.name + ".forward"), backward(operation.name + ".backward");
  for (const std::uint32_t side : operation.sides) {
    const Task task = task_of(operation.layers(side), operation.channels, side, kClasses, 0);
    const auto plan = plan_of(task);
    if (!plan) return failed(operation.name, plan.error().message());
    const Stream stream = stream_of(operation.name + std::to_string(side));
    std::optional<Computed> first;
    for (const bool skip_zeros : {true, false}) {
      const auto out =
          compute(task, *plan, {.path = run.path, .threads = run.threads, .skip_zeros = skip_zeros}, stream);
      if (!out) return failed(operation.name, out.error().message());
      if (!first) first = *out;
      if (!same_bits(first->forward, out->forward) || !same_bits(first->backward, out->backward)) {
        return failed(operation.name, "other bits without skip_zeros, side " + std::to_string(side));
      }
    }
    forward.add(first->forward);
    backward.add(first->backward);
  }
  forward.print(run);
  backward.print(run);
  return true;
}

/// Softmax cross-entropy, with and without smoothing, on logits from small to so large that exp ends in zeros; and two
/// steps of the update, the first with a mask.
bool print_steps(const golden::Run& run) {
  Line loss("cross-entropy"), update("update");
  for (const std::uint32_t classes : {2U, 5U, 10U, 17U}) {
    for (const float smoothing : {0.0F, 0.1F}) {
      const Task task = task_of({Flatten{}, Linear{classes}}, 1, 3, classes, smoothing);
      const auto plan = plan_of(task);
      if (!plan) return failed("steps", plan.error().message());
      Stream stream = stream_of("steps" + std::to_string(classes));
      training::Engine engine(task, *plan, {.path = run.path, .threads = run.threads});
      for (const float scale : {0.5F, 8.0F, 128.0F}) {
        Floats weights = draw_floats(plan->parameters, scale, stream);
        Floats momentum(weights.size());
        const Bytes pixels = draw_pixels(engine.input_size(), stream);
        Bytes labels(kBatch), frozen(weights.size());
        for (std::uint8_t& label : labels) label = static_cast<std::uint8_t>(stream.bounded(classes));
        for (std::uint8_t& flag : frozen) flag = stream.bounded(3) == 0 ? 1 : 0;
        for (const bool masked : {true, false}) {
          const auto logits = engine.forward(weights, pixels, kBatch);
          if (!logits) return failed("steps", logits.error().message());
          Floats logit_gradients(logits->size());
          const auto value = engine.loss(labels, logit_gradients);
          if (!value) return failed("steps", value.error().message());
          loss.add(std::span<const float>(&*value, 1));
          loss.add(logit_gradients);
          const auto gradients = engine.backward(weights, logit_gradients);
          if (!gradients) return failed("steps", gradients.error().message());
          const auto moved = engine.update(weights, momentum, *gradients, 0.05F, masked ? frozen : Bytes{});
          if (!moved) return failed("steps", moved.error().message());
          update.add(weights);
          update.add(momentum);
        }
      }
    }
  }
  loss.print(run);
  update.print(run);
  return true;
}

void print_augmentation(const golden::Run& run) {
  Line line("augmentation");
  for (const std::uint32_t side : {4U, 7U, 8U, 14U, 16U, 28U, 32U}) {
    for (const Augmentation augmentation : {Augmentation{0, true}, {1, false}, {3, true}}) {
      const DatasetSpec shape = task_of({}, 3, side, kClasses, 0).dataset;
      const std::size_t size = std::size_t{3} * side * side;
      Stream stream = stream_of("augmentation" + std::to_string(side));
      const Bytes batch = draw_pixels(size, stream);
      Bytes seen(batch.size());
      for (std::size_t n = 0; n < kBatch; ++n) {
        const training::View view = training::draw_view(augmentation, stream);
        training::copy_view(shape, augmentation, view, ByteView(batch).subspan(n * size, size),
                            std::span(seen).subspan(n * size, size));
      }
      line.add(ByteView(seen));
    }
  }
  line.print(run);
}

/// Every 1,048,573rd float; math_digest takes them all.
void print_functions(const golden::Run& run) {
  const auto print = [&](const char* name, float (*function)(float)) {
    Floats results;
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += 1'048'573) {
      results.push_back(function(std::bit_cast<float>(static_cast<std::uint32_t>(bits))));
    }
    Line line(name);
    line.add(results);
    line.print(run);
  };
  print("exp", kernels::exp);
  print("log", kernels::log);
  print("inverse_sqrt", kernels::inverse_sqrt);
}

bool print_all(const golden::Run& run) {
  for (const std::vector<Operation>& list : {convolutions(), others()}) {
    for (const Operation& operation : list) {
      if (!print_operation(operation, run)) return false;
    }
  }
  if (!print_steps(run)) return false;
  print_augmentation(run);
  print_functions(run);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const auto runs = golden::runs_of(argc, argv);
  if (!runs) return 1;
  for (const golden::Run& run : *runs) {
    if (!print_all(run)) return 1;
  }
}
