#include "training/ownership/experiments/robustness_runs.h"

#include <cstdio>

#include "training/ownership/attack_verdict.h"
#include "training/ownership/experiments/attack_words.h"

namespace freezenet::experiments {

namespace {

using ownership::Classifier;
using ownership::Key;

constexpr std::uint64_t kFirstUnmarked = 1'000'000;                        // seeds that no run has
constexpr double kAttackCost = .3, kLookCost = .05, kRandomKeysCost = .3;  // of a training

/// "bit error rate=0.0200; null accuracy=0.9500", in the characters of a table.
std::string measures_text(const std::vector<std::pair<std::string, double>>& measures) {
  std::string out;
  for (const auto& [name, value] : measures) {
    char text[40];
    std::snprintf(text, sizeof text, "=%.4f", value);
    out += (out.empty() ? "" : "; ") + name + text;
  }
  std::erase_if(out, [](char c) { return !is_plain_cell(std::string(1, c)); });
  return out;
}

void take(RobustnessPoint& point, const ownership::Finding& finding) {
  point.matches = finding.evidence.matches;
  point.trials = finding.evidence.trials;
  point.chance = finding.evidence.chance;
  point.log10_p = finding.evidence.log10_p();
  point.found = finding.found;
  point.measures = measures_text(finding.measures);
}

bool asks_only(const SchemeSetup& setup, const ownership::Attack& attack) {
  return setup.by_queries || (setup.has_black_box && attack.group == "queries");
}

}  // namespace

RobustnessRuns::RobustnessRuns(const ExperimentOptions& options, const ExperimentData& data, const Observer& observer)
    : options_(options), data_(data), observer_(observer), models_(options, data, ownership::Optimiser::kAdam) {}

Result<> RobustnessRuns::check(const ExperimentOptions& options) {
  if (const auto schemes = chosen_schemes(options.schemes); !schemes) return tl::unexpected(schemes.error());
  for (const std::string& word : options.attacks) {
    if (word == kNoAttack) continue;
    if (const auto known = chosen_attack(word); !known) return tl::unexpected(known.error());
  }
  return {};
}

Result<> RobustnessRuns::run() {
  const auto schemes = chosen_schemes(options_.schemes);
  if (!schemes) return tl::unexpected(schemes.error());
  std::vector<std::string> attacks = options_.attacks.empty() ? all_attack_words() : options_.attacks;
  std::erase(attacks, kNoAttack);  // it is always there: what --attacks none leaves
  auto table = PointTable::open(options_.out / "robustness.csv", RobustnessPoint::columns(), RobustnessPoint::kKeys);
  if (!table) return tl::unexpected(table.error());
  std::vector<Point> points;
  for (const SchemeSetup* setup : *schemes) {
    for (std::uint64_t seed = options_.first_seed; seed < options_.first_seed + options_.seeds; ++seed) {
      const Subject subject{setup, seed};
      plan(points, subject, kNoAttack, 1);
      if (setup->has_black_box) plan(points, subject, kBlackBox, kLookCost);
      if (setup->make_fine) plan(points, subject, kFineBlackBox, kLookCost);
      if (setup->trace) plan(points, subject, kInversion, kLookCost);
      for (unsigned i = 1; i <= kUnmarkedModels; ++i) {
        plan(points, subject, kUnmarked + std::to_string(i), kLookCost);
      }
      if (setup->random_keys > 0) plan(points, subject, kRandomKeys, kRandomKeysCost);
      for (const std::string& word : attacks) plan(points, subject, word, kAttackCost);
    }
  }
  return run_points(*table, points, observer_);
}

void RobustnessRuns::plan(std::vector<Point>& points, const Subject& subject, const std::string& attack, double cost) {
  RobustnessPoint point;
  point.setting = models_.setting();
  point.scheme = subject.setup->word;
  point.attack = attack;
  point.seed = subject.seed;
  points.push_back(
      {point.key(), cost, [this, subject, point](WorkClock& clock) { return measure(subject, point, clock); }});
}

Result<> RobustnessRuns::prepare(const Subject& subject, WorkClock& clock) {
  if (on_bench_ == subject) return {};
  on_bench_.reset();
  const SchemeSetup& setup = *subject.setup;
  const auto clean = models_.unmarked(subject.seed, clock);
  if (!clean) return tl::unexpected(clean.error());
  const auto key = setup.make(data_, **clean, experiment_key_seed(setup.word, subject.seed, "the owner"));
  if (!key) return tl::unexpected(key.error());
  const auto marked = models_.marked(setup.word, setup.embedding, **key, *clean, subject.seed, clock);
  if (!marked) return tl::unexpected(marked.error());
  bench_ = {*clean, *marked, *key, ownership::accuracy(**clean, data_.evaluation),
            ownership::accuracy(**marked, data_.evaluation)};
  on_bench_ = subject;
  return {};
}

Result<PointTable::Row> RobustnessRuns::measure(const Subject& subject, RobustnessPoint point, WorkClock& clock) {
  const double begin = observer_.seconds();
  if (auto ready = prepare(subject, clock); !ready) return tl::unexpected(ready.error());
  const SchemeSetup& setup = *subject.setup;
  point.clean = bench_.clean_accuracy;
  point.marked = bench_.marked_accuracy;
  point.accuracy = point.marked;
  const bool asks = setup.by_queries || point.attack == kBlackBox || point.attack == kFineBlackBox;
  point.box = asks ? "black" : "white";
  const ownership::Suspect suspect = asks ? ownership::black_box(*bench_.marked) : ownership::white_box(*bench_.marked);
  Result<> done;
  if (point.attack.starts_with(kUnmarked)) {
    done = look_at_unmarked(point, asks, clock);
  } else if (point.attack == kFineBlackBox) {
    const auto fine = setup.make_fine(data_, *bench_.clean, experiment_key_seed(setup.word, subject.seed, "the owner"));
    if (!fine) return tl::unexpected(fine.error());
    done = look(point, **fine, suspect);
  } else if (point.attack == kNoAttack || point.attack == kBlackBox || point.attack == kInversion) {
    done = look(point, *bench_.key, suspect);
    if (done && point.attack == kInversion) done = invert(point, setup);
  } else if (point.attack == kRandomKeys) {
    done = try_random_keys(point, setup, clock);
  } else {
    done = attack(point, setup, clock);
  }
  if (!done) return tl::unexpected(done.error());
  point.seconds = observer_.seconds() - begin;
  return point.values();
}

Result<> RobustnessRuns::look(RobustnessPoint& point, const Key& key, const ownership::Suspect& suspect) const {
  const auto finding = key.extract(suspect, data_.evaluation);
  if (!finding) return tl::unexpected(finding.error());
  take(point, *finding);
  return {};
}

Result<> RobustnessRuns::look_at_unmarked(RobustnessPoint& point, bool asks, WorkClock& clock) {
  const std::uint64_t number = std::stoull(point.attack.substr(std::string_view(kUnmarked).size()));
  auto known = unmarked_.find(number);
  if (known == unmarked_.end()) {
    const auto model = models_.unmarked(kFirstUnmarked + number, clock);
    if (!model) return tl::unexpected(model.error());
    known = unmarked_.emplace(number, Unmarked{*model, ownership::accuracy(**model, data_.evaluation)}).first;
  }
  const Unmarked& unmarked = known->second;
  point.accuracy = unmarked.accuracy;
  return look(point, *bench_.key, asks ? ownership::black_box(*unmarked.model) : ownership::white_box(*unmarked.model));
}

Result<> RobustnessRuns::invert(RobustnessPoint& point, const SchemeSetup& setup) const {
  const auto seen = setup.trace(*bench_.marked, *bench_.key, point.seed);
  if (!seen) return tl::unexpected(seen.error());
  point.measures = measures_text(*seen);
  return {};
}

Result<> RobustnessRuns::try_random_keys(RobustnessPoint& point, const SchemeSetup& setup, WorkClock& clock) const {
  point.trials = setup.random_keys;
  const ownership::Suspect suspect =
      setup.by_queries ? ownership::black_box(*bench_.marked) : ownership::white_box(*bench_.marked);
  for (unsigned i = 0; i < setup.random_keys; ++i) {
    const auto key =
        setup.make(data_, *bench_.clean, experiment_key_seed(setup.word, point.seed, "stranger " + std::to_string(i)));
    if (!key) return tl::unexpected(key.error());
    const auto finding = (*key)->extract(suspect, data_.evaluation);
    if (!finding) return tl::unexpected(finding.error());
    point.matches += finding->found ? 1 : 0;
    if (!clock.tick(static_cast<double>(i + 1) / setup.random_keys, "random keys")) {
      return reject(RejectCode::kCancelled);
    }
  }
  point.found = point.matches != 0;
  return {};
}

Result<> RobustnessRuns::attack(RobustnessPoint& point, const SchemeSetup& setup, WorkClock& clock) const {
  const auto known = chosen_attack(point.attack);
  if (!known) return tl::unexpected(known.error());
  const auto own_key = setup.make(data_, *bench_.clean, experiment_key_seed(setup.word, point.seed, "the attacker"));
  if (!own_key) return tl::unexpected(own_key.error());
  ownership::AttackSetting setting;
  setting.data = ownership::attackers_share(data_.train, known->share, point.seed);
  setting.seed = point.seed;
  setting.own_key = own_key->get();
  setting.progress = fit_ticker(clock, point.attack);
  const auto attacked = known->attack->run(*bench_.marked, setting);
  if (!attacked && attacked.error().code == RejectCode::kVoidSegment) {
    // The attacker's training left the finite numbers: neither a watermark nor a model is left.
    point.accuracy = 0;
    point.trials = 1;
    point.measures = "void=1";
    return {};
  }
  if (!attacked) return tl::unexpected(attacked.error());
  const bool asks = asks_only(setup, *known->attack);
  point.box = asks ? "black" : "white";
  const auto verdict = ownership::judge(*bench_.key, *attacked, asks ? ownership::Box::kBlack : ownership::Box::kWhite,
                                        point.marked, data_.evaluation);
  if (!verdict) return tl::unexpected(verdict.error());
  take(point, verdict->finding);
  point.accuracy = verdict->accuracy_after;
  if (!clock.tick(1, "done")) return reject(RejectCode::kCancelled);
  return {};
}

}  // namespace freezenet::experiments
