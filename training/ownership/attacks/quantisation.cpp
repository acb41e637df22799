#include "training/ownership/attacks/quantisation.h"

#include "training/ownership/attacks/groups.h"
#include "training/ownership/attacks/means.h"

namespace freezenet::ownership {

void quantise(Classifier& model, int bits) {
  const torch::NoGradGuard guard;
  const double most = (1 << (bits - 1)) - 1;
  for (const NamedTensor& weight : model.weights()) {
    const double step = weight.tensor.abs().max().item<double>() / most;
    if (step == 0) continue;
    // The zero that is added turns -0 into 0.
    weight.tensor.copy_((weight.tensor / step).round_().add_(0).mul_(step));
  }
}

std::vector<Attack> quantisation_attacks() {
  std::vector<Attack> out;
  for (const int bits : {8, 6, 5, 4}) {
    out.push_back({"quantisation-" + std::to_string(bits), "quantisation",
                   "Rounds the weights to " + std::to_string(bits) + " bits, symmetrically and tensor by tensor.",
                   [bits](const Classifier& victim, const AttackSetting&) -> Result<Attacked> {
                     Attacked attacked;
                     attacked.model = victim.copy();
                     quantise(*attacked.model, bits);
                     attacked.measures = {{"relative change of the weights", moved(victim, *attacked.model)}};
                     return attacked;
                   }});
  }
  return out;
}

}  // namespace freezenet::ownership
