#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "training/experiments/run_points.h"
#include "training/experiments/scheme_points.h"
#include "training/ownership/attack.h"
#include "training/ownership/experiments/schemes.h"

namespace freezenet::experiments {

/// Every scheme under every attack of the catalogue. A run's seed gives initial weights, order, key and attack; an
/// attacker has a third of the training samples where his attack does not say otherwise. Marked and unmarked models
/// stay on a shelf.
class RobustnessRuns {
 public:
  /// All arguments must outlive it.
  RobustnessRuns(const ExperimentOptions& options, const ExperimentData& data, const Observer& observer);
  /// kConfig for words of --schemes and --attacks that are none.
  static Result<> check(const ExperimentOptions& options);
  Result<> run();

 private:
  using Model = OwnedModels::Model;
  struct Subject {
    const SchemeSetup* setup;
    std::uint64_t seed;
    friend bool operator==(const Subject&, const Subject&) = default;
  };

  /// The models and the key of one subject: many points in a row are of the same.
  struct Bench {
    Model clean, marked;
    std::shared_ptr<const ownership::Key> key;
    double clean_accuracy = 0, marked_accuracy = 0;
  };

  /// A model that nobody marked, which every key is tried on.
  struct Unmarked {
    Model model;
    double accuracy = 0;
  };

  void plan(std::vector<Point>& points, const Subject& subject, const std::string& attack, double cost);
  Result<PointTable::Row> measure(const Subject& subject, RobustnessPoint point, WorkClock& clock);
  Result<> prepare(const Subject& subject, WorkClock& clock);
  Result<> look(RobustnessPoint& point, const ownership::Key& key, const ownership::Suspect& suspect) const;
  Result<> look_at_unmarked(RobustnessPoint& point, bool asks, WorkClock& clock);
  Result<> invert(RobustnessPoint& point, const SchemeSetup& setup) const;
  Result<> try_random_keys(RobustnessPoint& point, const SchemeSetup& setup, WorkClock& clock) const;
  Result<> attack(RobustnessPoint& point, const SchemeSetup& setup, WorkClock& clock) const;

  const ExperimentOptions& options_;
  const ExperimentData& data_;
  const Observer& observer_;
  OwnedModels models_;
  std::optional<Subject> on_bench_;
  Bench bench_;
  std::map<std::uint64_t, Unmarked> unmarked_;  // by their numbers
};

}  // namespace freezenet::experiments
