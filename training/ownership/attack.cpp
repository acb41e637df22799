#include "training/ownership/attack.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "consensus/base/nearest_name.h"
#include "training/ownership/attacks/groups.h"
#include "training/ownership/random.h"

namespace freezenet::ownership {

namespace {

Result<> check_setting(const Classifier& victim, const AttackSetting& setting) {
  const Samples& data = setting.data;
  const Shape& shape = victim.shape();
  if (data.size() == 0) return reject(RejectCode::kConfig, "the attacker has no samples");
  if (data.images.sizes() != at::IntArrayRef{data.size(), shape.channels, shape.height, shape.width} ||
      data.labels.sizes() != at::IntArrayRef{data.size()}) {
    return reject(RejectCode::kConfig, "the attacker's samples are not of the network's shape");
  }
  if (data.labels.min().item<std::int64_t>() < 0 || data.labels.max().item<std::int64_t>() >= shape.classes) {
    return reject(RejectCode::kConfig, "the attacker's samples have classes that the network does not have");
  }
  if (!(setting.effort > 0 && setting.effort <= kMostEffort)) {
    return reject(RejectCode::kConfig, "an attacker's effort is above 0 and at most 1000");
  }
  return {};
}

/// The same attack, which now sees only settings that make sense.
Attack checked(Attack attack) {
  attack.run = [run = std::move(attack.run)](const Classifier& victim,
                                             const AttackSetting& setting) -> Result<Attacked> {
    if (auto fits = check_setting(victim, setting); !fits) return tl::unexpected(fits.error());
    return run(victim, setting);
  };
  return attack;
}

std::vector<Attack> make_catalogue() {
  std::vector<Attack> out;
  for (const auto& group :
       {fine_tuning_attacks, adversarial_attacks, pruning_attacks, quantisation_attacks, overwriting_attacks,
        weight_attacks, extraction_attacks, query_attacks, sanitising_attacks}) {
    for (Attack& attack : group()) out.push_back(checked(std::move(attack)));
  }
  return out;
}

}  // namespace

const std::vector<Attack>& attack_catalogue() {
  static const std::vector<Attack> catalogue = make_catalogue();
  return catalogue;
}

Result<const Attack*> find_attack(const std::string& name) {
  std::vector<std::string_view> names;
  for (const Attack& attack : attack_catalogue()) {
    if (attack.name == name) return &attack;
    names.push_back(attack.name);
  }
  return reject(RejectCode::kConfig, "there is no attack " + name + did_you_mean(name, names) +
                                         "; 'freezenet-lab ownership attack --list' has them");
}

Samples attackers_share(const Samples& train, double share, std::uint64_t seed) {
  const auto count = std::clamp<std::int64_t>(std::llround(share * static_cast<double>(train.size())), 1, train.size());
  return train.take(torch::randperm(train.size(), generator_of(seed), torch::kInt64).slice(0, 0, count));
}

}  // namespace freezenet::ownership
