#include "training/ownership/experiments/piracy_runs.h"

#include <utility>

#include "training/ownership/attack.h"
#include "training/ownership/experiments/schemes.h"

namespace freezenet::experiments {

namespace {

// Costs for the estimate of the time that is left, where a training on all samples is 1: kOwners is of training the
// unmarked and the owner's model, once for a seed; kOverhead of looking at the pirate's.
constexpr double kOverhead = .2, kOwners = 1.4;

double measure_of(const ownership::Finding& finding, const std::string& name) {
  for (const auto& [key, value] : finding.measures) {
    if (key == name) return value;
  }
  return 0;
}

}  // namespace

PiracyRuns::PiracyRuns(const ExperimentOptions& options, const ExperimentData& data, const Observer& observer)
    : options_(options),
      data_(data),
      observer_(observer),
      optimiser_(options.network == "seed" ? ownership::Optimiser::kSgd : ownership::Optimiser::kAdam),
      models_(options, data, optimiser_) {}

Result<> PiracyRuns::run() {
  auto table = PointTable::open(options_.out / "piracy.csv", PiracyPoint::columns(), PiracyPoint::kKeys);
  if (!table) return tl::unexpected(table.error());
  std::vector<Point> points;
  for (std::uint64_t seed = options_.first_seed; seed < options_.first_seed + options_.seeds; ++seed) {
    double first = kOwners;
    for (const double rate : options_.rates) {
      for (const double share : options_.shares) {
        PiracyPoint point;
        point.setting = models_.setting();
        point.optimiser = optimiser_ == ownership::Optimiser::kSgd ? "sgd" : "adam";
        point.rate = rate;
        point.share = share;
        point.seed = seed;
        points.push_back({point.key(), std::exchange(first, 0) + share + kOverhead,
                          [this, point](WorkClock& clock) { return measure(point, clock); }});
      }
    }
  }
  return run_points(*table, points, observer_);
}

Result<PointTable::Row> PiracyRuns::measure(PiracyPoint point, WorkClock& clock) const {
  const double begin = observer_.seconds();
  const auto owner = null_embedding_key(data_, experiment_key_seed("piracy", point.seed, "the owner"));
  if (!owner) return tl::unexpected(owner.error());
  const auto pirate = null_embedding_key(data_, experiment_key_seed("piracy", point.seed, "the pirate"));
  if (!pirate) return tl::unexpected(pirate.error());
  const auto clean = models_.unmarked(point.seed, clock);
  if (!clean) return tl::unexpected(clean.error());
  const auto marked = models_.marked("piracy", Embedding::kTraining, **owner, *clean, point.seed, clock);
  if (!marked) return tl::unexpected(marked.error());
  const auto model = (*marked)->copy();
  ownership::FitOptions fit_options = models_.fit_options(point.seed);
  fit_options.rate = point.rate;
  ownership::FitParts parts;
  parts.progress = fit_ticker(clock, "piracy");
  const auto stolen = ownership::attackers_share(data_.train, point.share, point.seed);
  // A pirate whose training leaves the finite numbers has a model that answers nothing: that is measured too.
  const auto done = ownership::embed(**pirate, *model, stolen, fit_options, parts);
  if (!done && done.error().code != RejectCode::kVoidSegment) return tl::unexpected(done.error());
  const auto suspect = ownership::black_box(*model);
  const auto owners = (*owner)->extract(suspect, data_.evaluation);
  if (!owners) return tl::unexpected(owners.error());
  const auto pirates = (*pirate)->extract(suspect, data_.evaluation);
  if (!pirates) return tl::unexpected(pirates.error());
  point.clean = ownership::accuracy(**clean, data_.evaluation);
  point.marked = ownership::accuracy(**marked, data_.evaluation);
  point.accuracy = ownership::accuracy(*model, data_.evaluation);
  point.owner_null = measure_of(*owners, "null accuracy");
  point.owner_true = measure_of(*owners, "true accuracy");
  point.owner_found = owners->found;
  point.pirate_null = measure_of(*pirates, "null accuracy");
  point.pirate_true = measure_of(*pirates, "true accuracy");
  point.pirate_found = pirates->found;
  point.seconds = observer_.seconds() - begin;
  return point.values();
}

}  // namespace freezenet::experiments
