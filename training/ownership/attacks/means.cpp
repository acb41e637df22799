#include "training/ownership/attacks/means.h"

#include <algorithm>
#include <cmath>

#include "consensus/base/serialize.h"
#include "consensus/crypto/hash_drbg.h"
#include "consensus/crypto/sha256.h"

namespace freezenet::ownership {

std::uint64_t seed_of(const AttackSetting& setting, std::string_view purpose) {
  Writer seed;
  seed.integer(setting.seed);
  Stream stream(tagged_hash("FreezeNet/ownership-attack", seed.data()), purpose, 0);
  const std::uint64_t high = stream.next_u32();
  return high << 32 | stream.next_u32();
}

unsigned epochs_of(const AttackSetting& setting, unsigned epochs) {
  return static_cast<unsigned>(std::max(1L, std::lround(epochs * setting.effort)));
}

FitOptions fit_options(const AttackSetting& setting, unsigned epochs, double rate) {
  FitOptions options;
  options.epochs = epochs_of(setting, epochs);
  options.batch = 50;
  options.rate = rate;
  options.seed = seed_of(setting, "fit");
  return options;
}

Result<> fit_own(Classifier& model, const AttackSetting& setting, unsigned epochs, double rate, FitParts parts) {
  parts.progress = setting.progress;
  return fit(model, setting.data, fit_options(setting, epochs, rate), parts);
}

PixelRange range_of(const torch::Tensor& images) { return {images.min().item<double>(), images.max().item<double>()}; }

double moved(const Classifier& before, const Classifier& after) {
  const torch::NoGradGuard guard;
  const auto from = before.weights(), to = after.weights();
  double change = 0, size = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    change += (to[i].tensor - from[i].tensor).square().sum().item<double>();
    size += from[i].tensor.square().sum().item<double>();
  }
  return size == 0 ? 0 : std::sqrt(change / size);
}

}  // namespace freezenet::ownership
