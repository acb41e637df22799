#pragma once

#include <optional>

#include "training/ownership/commands/job.h"

namespace freezenet::ownership {

/// An entry of the catalogue (training/ownership/attack.h).
struct AttackName {
  std::string name, group, about;
};
std::vector<AttackName> attack_names();

struct AttackOrder {
  std::vector<std::string> names;  ///< of the catalogue, in any order; empty: all of them
  double share = 0.33;             ///< of the training split that the attacker has
  double effort = 1;               ///< scales the epochs of attacks that train
  std::uint64_t seed = 0;          ///< of what he draws, his own key included
  bool black_box = false;  ///< look for the watermark by queries, where the attack leaves the weights to be seen
};

/// What became of one attack.
struct AttackOutcome {
  AttackName attack;
  /// Why it could not be made on this network or key; nothing below counts then.
  std::optional<Reject> failure;
  double accuracy_before = 0, accuracy_after = 0;
  JobFinding finding;
  bool succeeded = false;  ///< the watermark was there and is undecided, and accuracy fell by under five points
  double seconds = 0;
};

/// Who is told of the attacks.
struct AttackWatch {
  std::function<void(const JobFinding&)> begin;        ///< what is found before any of them
  std::function<Result<>(const AttackOutcome&)> done;  ///< after each; its reject ends them
};

/// Makes the attacks one after the other on copies of the model. kConfig: a name that is
/// not in the catalogue, a share or effort out of its range, a key that does not fit; kCancelled.
Result<> run_attacks(const JobData& data, const Key& key, const std::vector<float>& model, const AttackOrder& order,
                     const JobWatch& watch, const AttackWatch& told_of);

}  // namespace freezenet::ownership
