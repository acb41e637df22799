#include "training/ownership/commands/attack_job.h"

#include <chrono>
#include <map>

#include "training/ownership/attack.h"
#include "training/ownership/attack_verdict.h"
#include "training/ownership/commands/job_parts.h"
#include "training/ownership/commands/keygen.h"
#include "training/ownership/scheme.h"

namespace freezenet::ownership {

namespace {

AttackName name_of(const Attack& attack) { return {attack.name, attack.group, attack.about}; }

Result<std::vector<const Attack*>> chosen(const std::vector<std::string>& names) {
  std::vector<const Attack*> out;
  for (const std::string& name : names) {
    const auto found = find_attack(name);
    if (!found) return tl::unexpected(found.error());
    out.push_back(*found);
  }
  if (!names.empty()) return out;
  for (const Attack& attack : attack_catalogue()) out.push_back(&attack);
  return out;
}

/// All attacks on one model.
class Siege {
 public:
  Siege(const JobData& data, const Key& key, const std::vector<float>& model, const AttackOrder& order,
        const JobWatch& watch)
      : key_(key),
        order_(order),
        watch_(watch),
        victim_(classifier_of(data, model)),
        evaluation_(evaluation_of(data)),
        before_(accuracy(*victim_, evaluation_)) {
    setting_.data = attackers_share(train_of(data), order.share, order.seed);
    setting_.seed = order.seed;
    setting_.effort = order.effort;
  }

  Result<> prepare(const JobData& data) {
    if (auto fits = key_.check(*victim_, setting_.data); !fits) return fits;
    auto own = rival_key(data.task, data.plan, key_, order_.seed);
    if (!own) return tl::unexpected(own.error());
    own_key_ = std::move(*own);
    setting_.own_key = own_key_.get();
    return {};
  }

  /// Looks for the watermark before any attack. Without it nothing can be taken out.
  Result<JobFinding> find(Box box) {
    const Suspect suspect = box == Box::kBlack ? black_box(*victim_) : white_box(*victim_);
    auto found = key_.extract(watched(suspect, watch_), evaluation_);
    if (!found) return tl::unexpected(found.error());
    marked_[box] = found->found;
    return shown(std::move(*found));
  }

  Result<AttackOutcome> make(const Attack& attack, const std::string& doing) {
    const auto begin = std::chrono::steady_clock::now();
    AttackOutcome out;
    out.attack = name_of(attack);
    out.accuracy_before = before_;
    if (watch_ && !watch_(doing, 0)) return reject(RejectCode::kCancelled);
    setting_.progress = told(watch_, doing);
    const auto judged = judge_into(out, attack);
    if (!judged && judged.error().code == RejectCode::kCancelled) return tl::unexpected(judged.error());
    if (!judged) out.failure = judged.error();
    out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return out;
  }

 private:
  Result<> judge_into(AttackOutcome& out, const Attack& attack) {
    const auto attacked = attack.run(*victim_, setting_);
    if (!attacked) return tl::unexpected(attacked.error());
    // Where only answers were changed there is nothing to be seen in the weights: it is the answers that count.
    const Box box = order_.black_box || attacked->scores ? Box::kBlack : Box::kWhite;
    const auto verdict = judge(key_, *attacked, box, before_, evaluation_);
    if (!verdict) return tl::unexpected(verdict.error());
    out.accuracy_after = verdict->accuracy_after;
    out.finding = shown(verdict->finding);
    if (!verdict->succeeded()) return {};
    const auto marked = marked_from(box);
    if (!marked) return tl::unexpected(marked.error());
    out.succeeded = *marked;
    return {};
  }

  /// Whether the watermark could be seen from there before any attack.
  Result<bool> marked_from(Box box) {
    if (!marked_.contains(box)) {
      if (const auto found = find(box); !found) return tl::unexpected(found.error());
    }
    return marked_[box];
  }

  const Key& key_;
  const AttackOrder& order_;
  const JobWatch& watch_;
  std::shared_ptr<TaskClassifier> victim_;
  Samples evaluation_;
  double before_;
  std::map<Box, bool> marked_;
  std::shared_ptr<const Key> own_key_;
  AttackSetting setting_;
};

}  // namespace

std::vector<AttackName> attack_names() {
  std::vector<AttackName> names;
  for (const Attack& attack : attack_catalogue()) names.push_back(name_of(attack));
  return names;
}

Result<> run_attacks(const JobData& data, const Key& key, const std::vector<float>& model, const AttackOrder& order,
                     const JobWatch& watch, const AttackWatch& told_of) {
  if (!(order.share > 0 && order.share <= 1)) return reject(RejectCode::kConfig, "a share is above 0 and at most 1");
  if (!(order.effort > 0 && order.effort <= kMostEffort))
    return reject(RejectCode::kConfig, "an effort is above 0 and at most 1000");
  return guarded([&]() -> Result<> {
    const auto attacks = chosen(order.names);
    if (!attacks) return tl::unexpected(attacks.error());
    Siege siege(data, key, model, order, watch);
    if (auto prepared = siege.prepare(data); !prepared) return prepared;
    const auto found = siege.find(order.black_box ? Box::kBlack : Box::kWhite);
    if (!found) return tl::unexpected(found.error());
    told_of.begin(*found);
    for (std::size_t i = 0; i < attacks->size(); ++i) {
      const Attack& attack = *(*attacks)[i];
      const std::string doing =
          attack.name + " (" + std::to_string(i + 1) + " of " + std::to_string(attacks->size()) + ")";
      const auto outcome = siege.make(attack, doing);
      if (!outcome) return tl::unexpected(outcome.error());
      if (auto told_on = told_of.done(*outcome); !told_on) return told_on;
    }
    return {};
  });
}

}  // namespace freezenet::ownership
