#include <algorithm>
#include <limits>

#include "consensus/task.h"

namespace freezenet {
namespace {

tl::unexpected<Reject> bad(std::size_t layer, const char* why) {
  return reject(RejectCode::kBadTask, "layer " + std::to_string(layer) + ": " + why);
}

/// a * b, or limit + 1 for everything above the limit. With limit < 2^32, a <= limit + 1 and b < 2^32 nothing wraps.
std::uint64_t capped_product(std::uint64_t a, std::uint32_t b, std::uint64_t limit) {
  return std::min(a * b, limit + 1);
}

/// Builds the plan layer by layer. Each overload appends one activation and its tensors.
class Planner {
 public:
  Planner(const Task& task, const TaskLimits& limits)
      // Positions and offsets within one layer are 32-bit everywhere.
      : max_parameters_(std::min<std::uint64_t>(limits.max_parameters, std::numeric_limits<std::uint32_t>::max())),
        max_activation_(std::min<std::uint64_t>(limits.max_activation, std::numeric_limits<std::uint32_t>::max())),
        // values * batch <= limit exactly where values <= limit / batch, and a division cannot overflow.
        max_in_batch_(limits.max_batch_activation / task.batch) {
    plan_.activations.push_back({task.dataset.channels, task.dataset.height, task.dataset.width});
    values_ = plan_.activations[0].size();
  }

  Result<> operator()(const Conv2d& layer) {
    const Activation in = input();
    if (layer.out_channels == 0 || layer.kernel == 0 || layer.stride == 0)
      return fail("zero channels, kernel or stride");
    if (layer.padding >= layer.kernel) return fail("padding is not below the kernel");
    const std::uint64_t padding = 2 * std::uint64_t{layer.padding};
    if (layer.kernel > in.height + padding || layer.kernel > in.width + padding) return fail("the kernel does not fit");
    const auto height = static_cast<std::uint32_t>((in.height + padding - layer.kernel) / layer.stride + 1);
    const auto width = static_cast<std::uint32_t>((in.width + padding - layer.kernel) / layer.stride + 1);
    if (auto added = tensor("weight", {layer.out_channels, in.channels, layer.kernel, layer.kernel}); !added)
      return added;
    if (auto added = tensor("bias", {layer.out_channels}); !added) return added;
    return output({layer.out_channels, height, width});
  }
  Result<> operator()(const Relu&) { return output(input()); }
  Result<> operator()(const MaxPool& layer) { return pool(layer.kernel, layer.stride); }
  Result<> operator()(const Flatten&) { return output({static_cast<std::uint32_t>(input().size()), 1, 1}); }
  Result<> operator()(const Linear& layer) {
    const Activation in = input();
    if (layer.out_features == 0) return fail("zero outputs");
    if (in.height != 1 || in.width != 1) return fail("a linear layer needs a flat input");
    if (auto added = tensor("weight", {layer.out_features, in.channels}); !added) return added;
    if (auto added = tensor("bias", {layer.out_features}); !added) return added;
    return output({layer.out_features, 1, 1});
  }

  Result<> operator()(const AvgPool& layer) { return pool(layer.kernel, layer.stride); }
  Result<> operator()(const GroupNorm& layer) {
    const Activation in = input();
    if (layer.groups == 0 || in.channels % layer.groups != 0) return fail("groups do not divide the channels");
    if (auto added = tensor("weight", {in.channels}, 1); !added) return added;
    if (auto added = tensor("bias", {in.channels}); !added) return added;
    return output(in);
  }
  Result<> operator()(const ResidualAdd& layer) {
    // Activation number n is the input of layer n.
    if (layer.activation > this->layer()) return fail("it adds what is computed after it");
    if (plan_.activations[layer.activation] != input()) return fail("it adds values of another shape");
    return output(input());
  }

  Result<Plan> finish(std::uint32_t classes) && {
    if (plan_.activations.back() != Activation{classes, 1, 1}) {
      return reject(RejectCode::kBadTask, "the last layer does not leave one logit for each class");
    }
    if (plan_.parameters == 0) return reject(RejectCode::kBadTask, "no layer has weights");
    return std::move(plan_);
  }

 private:
  [[nodiscard]] Activation input() const { return plan_.activations.back(); }
  [[nodiscard]] std::size_t layer() const { return plan_.activations.size() - 1; }
  [[nodiscard]] tl::unexpected<Reject> fail(const char* why) const { return bad(layer(), why); }

  Result<> pool(std::uint32_t kernel, std::uint32_t stride) {
    const Activation in = input();
    if (kernel == 0 || stride == 0) return fail("zero kernel or stride");
    if (kernel > in.height || kernel > in.width) return fail("the window does not fit");
    return output({in.channels, (in.height - kernel) / stride + 1, (in.width - kernel) / stride + 1});
  }

  Result<> tensor(const char* name, std::vector<std::uint32_t> shape, float initial = 0) {
    std::uint64_t count = 1;
    for (const std::uint32_t side : shape) count = capped_product(count, side, max_parameters_);
    if (count > max_parameters_ - plan_.parameters) return fail("more parameters than the network allows");
    plan_.tensors.push_back({std::to_string(layer()) + '.' + name, std::move(shape), plan_.parameters, count, initial});
    plan_.parameters += count;
    return {};
  }
  Result<> output(const Activation& out) {
    const std::uint64_t rows = capped_product(out.channels, out.height, max_activation_);
    values_ += capped_product(rows, out.width, max_activation_);
    if (values_ > max_activation_) return fail("activations beyond the network's limit");
    if (values_ > max_in_batch_) return fail("activations of a batch beyond the network's limit");
    plan_.activations.push_back(out);
    return {};
  }

  std::uint64_t max_parameters_;
  std::uint64_t max_activation_;
  std::uint64_t max_in_batch_;  // values of one sample that a whole batch has room for
  std::uint64_t values_ = 0;    // of all activations so far, at most twice the limit
  Plan plan_;
};

}  // namespace

Result<Plan> plan_of(const Task& task, const TaskLimits& limits) {
  if (auto sound = check_task(task, limits); !sound) return tl::unexpected<Reject>(sound.error());
  Planner planner(task, limits);
  for (const Layer& layer : task.layers) {
    if (auto added = std::visit(planner, layer); !added) return tl::unexpected<Reject>(added.error());
  }
  return std::move(planner).finish(task.dataset.classes);
}

}  // namespace freezenet
