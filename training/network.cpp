#include "training/network.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <variant>

#include "training/kernels/finite.h"
#include "training/layers/conv_layer.h"
#include "training/layers/linear_layer.h"
#include "training/layers/norm_layer.h"
#include "training/layers/simple_layers.h"

namespace freezenet::training {

namespace {

using kernels::Scratch;

constexpr std::size_t kAlignment = 64;

template <typename Kind>
bool is(const Task& task, std::size_t layer) {
  return layer < task.layers.size() && std::holds_alternative<Kind>(task.layers[layer]);
}

/// Flatten moves nothing: the activation behind it is the one before it.
std::size_t unflattened(const Task& task, std::size_t activation) {
  while (activation > 0 && is<freezenet::Flatten>(task, activation - 1)) --activation;
  return activation;
}

}  // namespace

/// Turns the task's layers into objects: which slot each value has, who applies a ReLU, who reads what twice.
struct Network::Builder {
  Builder(Network& network, const Task& t, const Plan& p) : net(network), task(t), plan(p) {
    // No slot moves once a layer points to it.
    net.slots_.reserve(plan.activations.size());
    last_reader.resize(plan.activations.size());
    for (std::size_t i = 0; i < task.layers.size(); ++i) {
      const auto* add = std::get_if<freezenet::ResidualAdd>(&task.layers[i]);
      if (add != nullptr) last_reader[unflattened(task, add->activation)] = i;
    }
    slot_of.push_back(new_slot(0));
    for (layer = 0; layer < task.layers.size(); ++layer) std::visit(*this, task.layers[layer]);
    net.logits_ = slot_of.back();
  }

  void operator()(const freezenet::Conv2d& l) {
    const Activation& in = plan.activations[layer];
    const kernels::ConvShape shape{in.channels, in.height, in.width, l.out_channels, l.kernel, l.stride, l.padding};
    const Tensors tensors = next_tensors();
    with_relu([&](const Slot& out, bool relu) {
      return std::make_unique<ConvLayer>(net.device_, shape, net.batch_, tensors, input(), out, relu);
    });
  }
  void operator()(const freezenet::Linear& l) {
    const kernels::LinearShape shape{plan.activations[layer].size(), l.out_features};
    const Tensors tensors = next_tensors();
    with_relu([&](const Slot& out, bool relu) {
      return std::make_unique<LinearLayer>(net.device_, shape, net.batch_, tensors, input(), out, relu);
    });
  }
  void operator()(const freezenet::GroupNorm& l) {
    const Activation& in = plan.activations[layer];
    const kernels::GroupNormShape shape{in.channels, std::size_t{in.height} * in.width, l.groups, l.epsilon};
    const Tensors tensors = next_tensors();
    with_relu([&](const Slot& out, bool relu) {
      return std::make_unique<NormLayer>(net.device_, shape, net.batch_, tensors, input(), out, relu);
    });
  }
  void operator()(const freezenet::Relu&) {
    if (last_reader[unflattened(task, layer)]) {
      Slot* out = new_slot(layer + 1);
      out->gated = true;
      add(std::make_unique<ReluLayer>(net.device_, input(), *out), out);
    } else {
      slot_of[layer]->gated = true;
      if (last_reader[layer + 1]) slot_of[layer]->shared = true;
      add(std::make_unique<ReluLayer>(net.device_, input(), input()), slot_of[layer]);
    }
  }
  void operator()(const freezenet::Flatten&) { slot_of.push_back(slot_of[layer]); }
  void operator()(const freezenet::MaxPool& l) {
    Slot* out = new_slot(layer + 1);
    add(std::make_unique<MaxPoolLayer>(net.device_, pool_shape(l.kernel, l.stride), input(), *out), out);
  }
  void operator()(const freezenet::AvgPool& l) {
    Slot* out = new_slot(layer + 1);
    add(std::make_unique<AvgPoolLayer>(net.device_, pool_shape(l.kernel, l.stride), input(), *out), out);
  }
  void operator()(const freezenet::ResidualAdd& l) {
    Slot* out = new_slot(layer + 1);
    const bool last = last_reader[unflattened(task, l.activation)] == layer;
    add(std::make_unique<ResidualLayer>(net.device_, input(), *slot_of[l.activation], last, *out), out);
  }

  [[nodiscard]] const Slot& input() const { return *slot_of[layer]; }
  Slot* new_slot(std::size_t activation) {
    net.slots_.push_back({.size = plan.activations[activation].size(), .shared = last_reader[activation].has_value()});
    return &net.slots_.back();
  }
  [[nodiscard]] kernels::PoolShape pool_shape(std::uint32_t kernel, std::uint32_t stride) const {
    const Activation& in = plan.activations[layer];
    return {in.channels, in.height, in.width, kernel, stride};
  }
  Tensors next_tensors() {
    const Tensors tensors{plan.tensors[tensor].offset, plan.tensors[tensor + 1].offset};
    tensor += 2;
    return tensors;
  }
  void add(std::unique_ptr<Layer> made, Slot* out) {
    net.layers_.push_back(std::move(made));
    slot_of.push_back(out);
  }
  /// A layer that can apply the ReLU behind it does, unless a residual add wants the values before it.
  template <typename Make>
  void with_relu(const Make& make) {
    Slot* out = new_slot(layer + 1);
    const bool relu = is<freezenet::Relu>(task, layer + 1) && !last_reader[layer + 1];
    out->gated = relu;
    add(make(*out, relu), out);
    if (relu) {
      ++layer;
      slot_of.push_back(out);
      if (last_reader[layer + 1]) out->shared = true;
    }
  }

  Network& net;
  const Task& task;
  const Plan& plan;
  std::size_t layer = 0, tensor = 0;
  std::vector<Slot*> slot_of;                           // of each activation
  std::vector<std::optional<std::size_t>> last_reader;  // the last residual add that reads an activation
};

Network::Network(const Task& task, const Plan& plan, const kernels::Device& device, bool skip_zeros)
    : device_(device), skip_zeros_(skip_zeros), batch_(task.batch), parameters_(plan.parameters) {
  const Builder build(*this, task, plan);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (i == 0 || layers_[i]->sums_over_batch()) groups_.push_back(i);
  }
  groups_.push_back(layers_.size());
  first_trainable_ = static_cast<std::size_t>(
      std::find_if(layers_.begin(), layers_.end(), [](const auto& layer) { return layer->trainable(); }) -
      layers_.begin());
  allocate();
}

Network::~Network() = default;

void Network::allocate() {
  std::size_t total = 0;
  for (const auto& layer : layers_) {
    thread_scratch_ = std::max(thread_scratch_, Scratch::rounded(layer->scratch()));
    total += Scratch::rounded(layer->memory());
  }
  total += device_.pool.threads() * thread_scratch_;
  for (const Slot& slot : slots_) total += (slot.shared ? 2 : 1) * Scratch::rounded(batch_ * slot.size);
  const std::size_t floats = total + kAlignment / sizeof(float);
  memory_ = std::make_unique_for_overwrite<float[]>(floats);

  void* begin = memory_.get();
  std::size_t space = floats * sizeof(float);
  Scratch pieces(static_cast<float*>(std::align(kAlignment, total * sizeof(float), begin, space)));
  for (Slot& slot : slots_) {
    slot.values = pieces.take(batch_ * slot.size);
    if (slot.shared) slot.pending = pieces.take(batch_ * slot.size);
  }
  for (const auto& layer : layers_) layer->use_memory(pieces.take(layer->memory()));
  scratch_ = pieces.take(device_.pool.threads() * thread_scratch_);
}

template <typename Work>
void Network::on_all(std::size_t count, bool skip_zeros, const Work& work) {
  device_.pool.run([&](unsigned thread) {
    work(Worker{thread, device_.pool.threads(), scratch_ + thread * thread_scratch_, count, skip_zeros});
  });
}

template <typename Step>
void Network::in_turns(const Worker& worker, std::size_t chunk, const Step& step) {
  const kernels::Range mine = kernels::part_of(worker.count, worker.threads, worker.thread);
  for (std::size_t n = mine.begin; n < mine.end; n += chunk) step(kernels::Range{n, std::min(mine.end, n + chunk)});
}

void Network::forward(const float* weights, std::size_t count) {
  on_all(count, false, [&](const Worker& worker) {
    for (const auto& layer : layers_) layer->prepare_forward(weights, worker);
  });
  on_all(count, false, [&](const Worker& worker) {
    for (std::size_t g = 0; g + 1 < groups_.size(); ++g) {
      in_turns(worker, layers_[groups_[g]]->samples(), [&](kernels::Range samples) {
        for (std::size_t i = groups_[g]; i < groups_[g + 1]; ++i) layers_[i]->forward(weights, samples, worker);
      });
    }
  });
}

void Network::backward(const float* weights, std::size_t count, const float* logit_gradients, float* gradients,
                       float* input_gradients) {
  const bool skip = skip_zeros_ && kernels::all_finite(device_.table, parameters_, weights);
  on_all(count, skip, [&](const Worker& worker) {
    const kernels::Range mine = kernels::part_of(count, worker.threads, worker.thread);
    for (std::size_t i = mine.begin * logits_->size; i < mine.end * logits_->size; ++i) {
      logits_->values[i] = logits_->gated && !(logits_->values[i] > 0.0F) ? 0.0F : logit_gradients[i] + 0.0F;
    }
  });
  // Nobody below the first layer with weights asks for a gradient, unless the caller does.
  const auto wanted = [&](std::size_t i) {
    return input_gradients != nullptr || i > first_trainable_ ||
           (i == first_trainable_ && !layers_[i]->sums_over_batch());
  };
  // Down from the first layer of one group to above the first of the one below, with no thread waiting for another.
  for (std::size_t g = groups_.size() - 1; g-- > 0;) {
    const std::size_t bottom = groups_[g];
    const std::size_t top = std::min(groups_[g + 1], layers_.size() - 1);
    if (bottom < first_trainable_ && !wanted(top)) break;
    const std::size_t chunk = layers_[top]->samples();
    on_all(count, skip, [&](const Worker& worker) {
      in_turns(worker, chunk, [&](kernels::Range samples) {
        for (std::size_t i = top; i > bottom && wanted(i); --i) layers_[i]->backward(weights, samples, worker);
      });
    });
    if (layers_[bottom]->sums_over_batch()) {
      on_all(count, skip, [&](const Worker& worker) { layers_[bottom]->weight_gradient(weights, gradients, worker); });
    }
  }
  if (wanted(0)) {
    on_all(count, skip, [&](const Worker& worker) {
      in_turns(worker, layers_[0]->samples(),
               [&](kernels::Range samples) { layers_[0]->backward(weights, samples, worker); });
    });
  }
  on_all(count, skip, [&](const Worker& worker) {
    for (const auto& layer : layers_) layer->finish(gradients, worker);
  });
  if (input_gradients != nullptr) std::memcpy(input_gradients, input(), count * slots_.front().size * sizeof(float));
}

}  // namespace freezenet::training
