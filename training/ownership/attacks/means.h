#pragma once

#include <string_view>

#include "training/ownership/attack.h"

namespace freezenet::ownership {

/// A seed for one thing that an attack draws. Two purposes have nothing in common, nor has either with the setting's
/// own seed: a student that began as the victim did would be no fresh network.
std::uint64_t seed_of(const AttackSetting& setting, std::string_view purpose);

/// `epochs` times the attacker's effort, at least one.
unsigned epochs_of(const AttackSetting& setting, unsigned epochs);

/// How an attacker trains: Adam, batches of 50 so that a small share of the data makes enough steps.
FitOptions fit_options(const AttackSetting& setting, unsigned epochs, double rate);

/// fit() of `model` on the attacker's own data, with his progress.
Result<> fit_own(Classifier& model, const AttackSetting& setting, unsigned epochs, double rate, FitParts parts = {});

/// The values that honest pixels have, as far as the attacker has seen.
struct PixelRange {
  double low = 0, high = 1;
  [[nodiscard]] double width() const { return high - low; }
};
PixelRange range_of(const torch::Tensor& images);

/// ||after - before|| / ||before|| over the weights: how far an attack moved them.
double moved(const Classifier& before, const Classifier& after);

}  // namespace freezenet::ownership
