#include "training/ownership/attacks/groups.h"
#include "training/ownership/attacks/means.h"
#include "training/ownership/random.h"

namespace freezenet::ownership {

namespace {

constexpr double kShift = 1.5;  // times the mean over the filters
constexpr unsigned kTuneEpochs = 10;
constexpr double kTuneRate = 1e-3;

/// Lukas et al., SoK: takes 1.5 times the filters' mean and noise of the kernel's own deviation from every filter, and
/// lets fine-tuning mend the network.
Result<Attacked> shift_weights(const Classifier& victim, const AttackSetting& setting) {
  Attacked out;
  out.model = victim.copy();
  at::Generator generator = generator_of(seed_of(setting, "noise"));
  {
    const torch::NoGradGuard guard;
    for (const NamedTensor& kernel : out.model->kernels()) {
      const torch::Tensor noise = torch::randn(kernel.tensor.sizes(), generator) * kernel.tensor.std();
      kernel.tensor.sub_(kernel.tensor.mean(0, /*keepdim=*/true) * kShift + noise);
    }
  }
  const double shifted = moved(victim, *out.model);
  if (auto fitted = fit_own(*out.model, setting, kTuneEpochs, kTuneRate); !fitted) {
    return tl::unexpected(fitted.error());
  }
  out.measures = {{"relative change of the weights before fine-tuning", shifted},
                  {"relative change of the weights", moved(victim, *out.model)}};
  return out;
}

void reorder(const NeuronOrder& order, at::Generator& generator) {
  const torch::Tensor neurons = torch::randperm(order.out.front().size(0), generator, torch::kInt64);
  for (const torch::Tensor& tensor : order.out) tensor.copy_(tensor.index_select(0, neurons));
  const torch::Tensor columns = (neurons.unsqueeze(1) * order.block + torch::arange(order.block)).flatten();
  order.next.copy_(order.next.index_select(1, columns));
}

Result<Attacked> permute_neurons(const Classifier& victim, const AttackSetting& setting) {
  Attacked out;
  out.model = victim.copy();
  const auto orders = out.model->neuron_orders();
  if (orders.empty()) {
    return reject(RejectCode::kConfig, "no hidden layer of this network can be put in another order");
  }
  at::Generator generator = generator_of(seed_of(setting, "order"));
  {
    const torch::NoGradGuard guard;
    for (const NeuronOrder& order : orders) reorder(order, generator);
  }
  const auto before = victim.copy();
  const torch::Tensor probes = setting.data.images.slice(0, 0, 500);
  const torch::Tensor difference = scores_of(*out.model, probes) - scores_of(*before, probes);
  out.measures = {{"layers reordered", static_cast<double>(orders.size())},
                  {"largest change of a score", difference.abs().max().item<double>()},
                  {"relative change of the weights", moved(victim, *out.model)}};
  return out;
}

}  // namespace

std::vector<Attack> weight_attacks() {
  return {
      {"weight-shifting", "weights",
       "Shifts every convolution filter against the filters' mean, adds noise of their size, and fine-tunes.",
       shift_weights},
      {"neuron-permutation", "weights", "Puts the hidden neurons in another order; what the network computes stays.",
       permute_neurons},
  };
}

}  // namespace freezenet::ownership
