#include "training/ownership/attacks/pruning.h"

#include <cmath>

#include "training/ownership/attacks/groups.h"
#include "training/ownership/attacks/means.h"

namespace freezenet::ownership {

namespace {

constexpr unsigned kTuneEpochs = 10;
constexpr double kTuneRate = 1e-3;

/// +0, and not the -0 that a multiplication would leave.
void set_to_zero(Classifier& model, const std::vector<torch::Tensor>& pruned) {
  const torch::NoGradGuard guard;
  const auto weights = model.weights();
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i].tensor.masked_fill_(pruned[i], 0);
}

double share_of_zeros(const Classifier& model) {
  double zeros = 0, all = 0;
  for (const NamedTensor& weight : model.weights()) {
    zeros += static_cast<double>((weight.tensor == 0).sum().item<std::int64_t>());
    all += static_cast<double>(weight.tensor.numel());
  }
  return zeros / all;
}

Attack pruning(int percent, bool tuned) {
  const std::string share = std::to_string(percent);
  return {"pruning-" + share + (tuned ? "-ft" : ""), "pruning",
          "Sets the smallest " + share + "% of all weights to zero" +
              (tuned ? " and fine-tunes the others; the pruned stay zero." : "."),
          [percent, tuned](const Classifier& victim, const AttackSetting& setting) -> Result<Attacked> {
            Attacked out;
            out.model = victim.copy();
            const auto pruned = prune(*out.model, percent / 100.0);
            if (tuned) {
              FitParts parts;
              parts.after_step = [&] { set_to_zero(*out.model, pruned); };
              if (auto fitted = fit_own(*out.model, setting, kTuneEpochs, kTuneRate, parts); !fitted) {
                return tl::unexpected(fitted.error());
              }
            }
            out.measures = {{"share of zeros", share_of_zeros(*out.model)},
                            {"relative change of the weights", moved(victim, *out.model)}};
            return out;
          }};
}

}  // namespace

std::vector<torch::Tensor> prune(Classifier& model, double share) {
  const torch::NoGradGuard guard;
  const auto weights = model.weights();
  std::vector<torch::Tensor> magnitudes;
  for (const NamedTensor& weight : weights) magnitudes.push_back(weight.tensor.abs().flatten());
  const torch::Tensor all = torch::cat(magnitudes);
  // By rank rather than by threshold: equal magnitudes would take more, or fewer, than was asked for.
  const torch::Tensor order = std::get<1>(all.sort(/*stable=*/true, 0, /*descending=*/false));
  const std::int64_t count = std::llround(share * static_cast<double>(all.numel()));
  torch::Tensor chosen = torch::zeros({all.numel()}, torch::kBool);
  chosen.index_fill_(0, order.slice(0, 0, count), true);
  std::vector<torch::Tensor> pruned;
  std::int64_t at = 0;
  for (const NamedTensor& weight : weights) {
    pruned.push_back(chosen.slice(0, at, at + weight.tensor.numel()).view(weight.tensor.sizes()));
    at += weight.tensor.numel();
  }
  set_to_zero(model, pruned);
  return pruned;
}

std::vector<Attack> pruning_attacks() {
  std::vector<Attack> out;
  for (const int percent : {10, 20, 30, 40, 50, 60, 65, 70, 80, 90, 95}) out.push_back(pruning(percent, false));
  for (const int percent : {50, 70, 90}) out.push_back(pruning(percent, true));
  return out;
}

}  // namespace freezenet::ownership
