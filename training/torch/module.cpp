#include "training/torch/module.h"

#include <algorithm>
#include <mutex>
#include <string>

namespace freezenet::training {

struct EngineModule::Shared {
  Shared(const Task& task, const Plan& plan, EngineOptions options) : engine(task, plan, options) {}

  std::mutex mutex;  // the engine serves one caller at a time, and autograd chooses its own threads
  Engine engine;
  std::int64_t pass = 0;  // number of the forward pass whose activations the engine holds; a backward pass uses them up
};

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;
using SharedPtr = std::shared_ptr<EngineModule::Shared>;

template <typename T>
T value_of(Result<T> result) {
  TORCH_CHECK(result.has_value(), result.has_value() ? std::string() : result.error().message());
  return *std::move(result);
}

std::span<const float> view(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

std::span<float> mutable_view(torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

torch::Tensor copied(std::span<const float> values, torch::IntArrayRef sizes) {
  torch::Tensor out = torch::empty(sizes, torch::kFloat32);
  std::copy(values.begin(), values.end(), out.data_ptr<float>());
  return out;
}

/// One forward pass under the lock; returns the logits, which are valid while the lock is held.
std::span<const float> run_forward(EngineModule::Shared& shared, const torch::Tensor& input,
                                   const torch::Tensor& weights) {
  ++shared.pass;
  return value_of(shared.engine.forward_values(view(weights), view(input), static_cast<std::uint32_t>(input.size(0))));
}

/// The gradients of input and weights from those of the logits. Where another pass has used the engine since, the pass
/// is run again: the same bits, by construction.
tensor_list run_backward(EngineModule::Shared& shared, std::int64_t pass, const torch::Tensor& input,
                         const torch::Tensor& weights, const torch::Tensor& logit_gradients) {
  TORCH_CHECK(!torch::GradMode::is_enabled(), "the engine has no second derivatives");
  const std::lock_guard lock(shared.mutex);
  if (shared.pass != pass) run_forward(shared, input, weights);
  torch::Tensor input_gradients = torch::empty(input.sizes(), torch::kFloat32);
  const auto gradients =
      value_of(shared.engine.backward(view(weights), view(logit_gradients), mutable_view(input_gradients)));
  ++shared.pass;
  return {input_gradients, copied(gradients, weights.sizes())};
}

/// (input, flat weights) -> logits.
struct LogitsFunction : torch::autograd::Function<LogitsFunction> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& input, const torch::Tensor& weights,
                               SharedPtr shared) {
    const std::lock_guard lock(shared->mutex);
    const auto logits = run_forward(*shared, input, weights);
    context->save_for_backward({input, weights});
    context->saved_data["pass"] = shared->pass;
    // The graph outlives the module where a user keeps a result of it.
    context->saved_data["engine"] = c10::IValue::make_capsule(c10::make_intrusive<Holder>(shared));
    return copied(logits, {input.size(0), static_cast<std::int64_t>(shared->engine.classes())});
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& outer) {
    const auto saved = context->get_saved_variables();
    auto gradients = run_backward(*Holder::of(context), context->saved_data["pass"].toInt(), saved[0], saved[1],
                                  outer[0].contiguous());
    gradients.emplace_back();  // the engine itself has none
    return gradients;
  }

  struct Holder : torch::CustomClassHolder {
    explicit Holder(SharedPtr s) : shared(std::move(s)) {}
    static SharedPtr of(AutogradContext* context) {
      return c10::static_intrusive_pointer_cast<Holder>(context->saved_data["engine"].toCapsule())->shared;
    }
    SharedPtr shared;
  };
};

/// (input, flat weights, labels) -> mean loss.
struct LossFunction : torch::autograd::Function<LossFunction> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& input, const torch::Tensor& weights,
                               const std::vector<std::uint8_t>& labels, SharedPtr shared) {
    const std::lock_guard lock(shared->mutex);
    run_forward(*shared, input, weights);
    torch::Tensor logit_gradients = torch::empty({input.size(0), static_cast<std::int64_t>(shared->engine.classes())});
    const float loss = value_of(shared->engine.loss(labels, mutable_view(logit_gradients)));
    context->save_for_backward({input, weights, logit_gradients});
    context->saved_data["pass"] = shared->pass;
    context->saved_data["engine"] = c10::IValue::make_capsule(c10::make_intrusive<LogitsFunction::Holder>(shared));
    return torch::scalar_tensor(loss, torch::kFloat32);
  }

  static tensor_list backward(AutogradContext* context, const tensor_list& outer) {
    const auto saved = context->get_saved_variables();
    // By 1 where the loss is what was derived: exact, as one multiplication an element always is.
    const torch::Tensor logit_gradients = saved[2] * outer[0];
    auto gradients = run_backward(*LogitsFunction::Holder::of(context), context->saved_data["pass"].toInt(), saved[0],
                                  saved[1], logit_gradients.contiguous());
    gradients.resize(4);  // labels and the engine itself have none
    return gradients;
  }
};

torch::Tensor checked_input(const torch::Tensor& input, const Activation& shape, std::uint32_t max_count) {
  TORCH_CHECK(input.scalar_type() == torch::kFloat32 && input.dim() == 4,
              "input is float32 {n, channels, height, width}");
  TORCH_CHECK(input.size(0) >= 1 && input.size(0) <= max_count, "between 1 and ", max_count, " samples, not ",
              input.size(0));
  TORCH_CHECK(input.size(1) == shape.channels && input.size(2) == shape.height && input.size(3) == shape.width,
              "a sample of the task is {", shape.channels, ", ", shape.height, ", ", shape.width, "}");
  return input.contiguous();
}

}  // namespace

EngineModule::EngineModule(const Task& task, const Plan& plan, EngineOptions options)
    : plan_(plan), shared_(std::make_shared<Shared>(task, plan, options)) {
  std::shared_ptr<torch::nn::Module> layer;
  std::string layer_name;
  for (const TensorSpec& spec : plan_.tensors) {
    // "3.weight" is parameter "weight" of the submodule "3": names with a dot cannot be registered, and PyTorch's
    // Sequential has the same tree.
    const auto dot = spec.name.find('.');
    if (!layer || spec.name.substr(0, dot) != layer_name) {
      layer_name = spec.name.substr(0, dot);
      layer = register_module(layer_name, std::make_shared<torch::nn::Module>(layer_name));
    }
    const std::vector<std::int64_t> sizes(spec.shape.begin(), spec.shape.end());
    tensors_.push_back(layer->register_parameter(spec.name.substr(dot + 1), torch::zeros(sizes, torch::kFloat32)));
  }
}

torch::Tensor EngineModule::joined() const {
  std::vector<torch::Tensor> flat;
  for (const torch::Tensor& tensor : tensors_) flat.push_back(tensor.reshape({-1}));
  return torch::cat(flat);
}

torch::Tensor EngineModule::forward(const torch::Tensor& input) {
  return LogitsFunction::apply(checked_input(input, plan_.activations.front(), shared_->engine.max_count()), joined(),
                               shared_);
}

torch::Tensor EngineModule::loss(const torch::Tensor& input, const torch::Tensor& labels) {
  const torch::Tensor values = checked_input(input, plan_.activations.front(), shared_->engine.max_count());
  TORCH_CHECK(labels.scalar_type() == torch::kInt64 && labels.dim() == 1 && labels.size(0) == input.size(0),
              "labels are int64 {n}");
  std::vector<std::uint8_t> bytes;
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    const auto label = labels[i].item<std::int64_t>();
    TORCH_CHECK(label >= 0 && static_cast<std::size_t>(label) < shared_->engine.classes(), "label ", label,
                " is out of range");
    bytes.push_back(static_cast<std::uint8_t>(label));
  }
  return LossFunction::apply(values, joined(), bytes, shared_);
}

void EngineModule::load(std::span<const float> weights) {
  TORCH_CHECK(weights.size() == plan_.parameters, "a model of the task has ", plan_.parameters, " weights, not ",
              weights.size());
  const torch::NoGradGuard no_grad;
  for (std::size_t t = 0; t < tensors_.size(); ++t) {
    tensors_[t].copy_(copied(weights.subspan(plan_.tensors[t].offset, plan_.tensors[t].count), tensors_[t].sizes()));
  }
}

std::vector<float> EngineModule::weights() const {
  const torch::Tensor flat = joined().detach();
  const auto values = view(flat);
  return {values.begin(), values.end()};
}

std::vector<float> EngineModule::gradients() const {
  std::vector<float> out(plan_.parameters);
  for (std::size_t t = 0; t < tensors_.size(); ++t) {
    if (!tensors_[t].grad().defined()) continue;
    const torch::Tensor gradient = tensors_[t].grad().contiguous();
    const auto values = view(gradient);
    std::copy(values.begin(), values.end(), out.begin() + static_cast<std::ptrdiff_t>(plan_.tensors[t].offset));
  }
  return out;
}

}  // namespace freezenet::training
