#pragma once

#include <string>

#include "training/experiments/points.h"

namespace freezenet::experiments {

/// A row of robustness.csv: one scheme after one attack.
struct RobustnessPoint {
  Setting setting;
  std::string scheme;      ///< of scheme_words()
  std::string attack;      ///< of the catalogue, or one of the words below
  std::uint64_t seed = 0;  ///< of model, key and attack
  std::string box;         ///< white or black: from where the watermark was looked for
  double clean = 0;        ///< accuracy of the unmarked model with the same initial weights
  double marked = 0;       ///< accuracy of the marked model, before the attack
  double accuracy = 0;     ///< after it
  std::uint64_t matches = 0, trials = 0;
  double chance = 0, log10_p = 0;
  bool found = false;
  std::string measures;  ///< "bit error rate=0.02; std=0.05"
  double seconds = 0;

  static const PointTable::Row& columns();
  static constexpr std::size_t kKeys = 7;
  [[nodiscard]] PointTable::Row key() const;
  [[nodiscard]] PointTable::Row values() const;
  static Result<RobustnessPoint> from(const PointTable::Row& row);

  [[nodiscard]] double rate() const {
    return trials == 0 ? 0 : static_cast<double>(matches) / static_cast<double>(trials);
  }
};
/// What stands in the column "attack" beside the catalogue's names.
inline constexpr const char* kNoAttack = "none";                     ///< the marked model as it is, in a white box
inline constexpr const char* kBlackBox = "none-black-box";           ///< the same by queries alone
inline constexpr const char* kFineBlackBox = "none-black-box-1e-3";  ///< with steps of 1e-3 where it has steps
inline constexpr const char* kInversion = "inversion";  ///< what an inversion shows of the key; takes nothing out
/// The key on an unmarked model, "unmarked-1" to "unmarked-5": others than those that the marked ones began with.
inline constexpr const char* kUnmarked = "unmarked-";
inline constexpr unsigned kUnmarkedModels = 5;
inline constexpr const char* kRandomKeys = "random-keys";  ///< matches of `trials` random keys on the marked model

/// A row of piracy.csv: a second null embedding on top of the owner's.
struct PiracyPoint {
  Setting setting;
  std::string optimiser;  ///< adam or sgd: of owner and pirate
  double rate = 0;        ///< the pirate's learning rate
  double share = 0;       ///< of the training data that he has
  std::uint64_t seed = 0;
  double clean = 0, marked = 0, accuracy = 0;  ///< of the unmarked, the owner's and the pirate's model
  double owner_null = 0, owner_true = 0;       ///< answers that the owner's watermark wants, after the piracy
  double pirate_null = 0, pirate_true = 0;
  bool owner_found = false, pirate_found = false;
  double seconds = 0;

  static const PointTable::Row& columns();
  static constexpr std::size_t kKeys = 8;
  [[nodiscard]] PointTable::Row key() const;
  [[nodiscard]] PointTable::Row values() const;
  static Result<PiracyPoint> from(const PointTable::Row& row);
  /// The pirate's watermark is not verified, or cost ten points, and the owner's still is.
  [[nodiscard]] bool resistant() const { return owner_found && (!pirate_found || marked - accuracy >= .1); }
};

}  // namespace freezenet::experiments
