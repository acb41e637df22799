#pragma once

#include "training/ownership/attack.h"

namespace freezenet::ownership {

/// What an attacker may lose of his stolen model's accuracy before it is of no use to him: five points of a hundred.
inline constexpr double kMostAccuracyLost = 0.05;

/// From where the watermark is looked for after an attack.
enum class Box { kWhite, kBlack };

/// What an attack came to, for one key.
struct Verdict {
  double accuracy_before = 0, accuracy_after = 0;
  Finding finding;  ///< after the attack

  /// Negative where the attack made the model better.
  [[nodiscard]] double accuracy_lost() const { return accuracy_before - accuracy_after; }
  [[nodiscard]] bool useful() const { return accuracy_lost() < kMostAccuracyLost; }
  /// The watermark is undecided, and the model still worth having.
  [[nodiscard]] bool succeeded() const { return !finding.found && useful(); }
};

/// Looks for the key's watermark in what an attack left, and asks what it is worth. `evaluation` are samples that
/// nobody trained on; they serve as the extraction's probes too. Rejects of extract() and of the answers.
Result<Verdict> judge(const Key& key, const Attacked& attacked, Box box, double accuracy_before,
                      const Samples& evaluation);

}  // namespace freezenet::ownership
