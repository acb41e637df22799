#pragma once

#include <string>
#include <vector>

#include "training/ownership/attack.h"

namespace freezenet::experiments {

/// One attack of the experiments: of the catalogue, by somebody with a share of the training samples.
struct ChosenAttack {
  std::string word;  ///< "ftal-1e-4", or "ftal-1e-4@20" where he has 20% of them
  const ownership::Attack* attack = nullptr;
  double share = 1.0 / 3;
};

/// "NAME" or "NAME@PERCENT", a whole number of 1 to 100; kConfig says what is wrong.
Result<ChosenAttack> chosen_attack(const std::string& word);
/// What is run where no attack is named: the catalogue by somebody with a third of the samples, and the attacks that
/// train on all layers once more with a fifth.
std::vector<std::string> all_attack_words();

}  // namespace freezenet::experiments
