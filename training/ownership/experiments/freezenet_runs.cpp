#include "training/ownership/experiments/freezenet_runs.h"

#include <cstdio>
#include <optional>

#include "training/ownership/experiments/networks.h"
#include "training/ownership/fitting.h"

namespace freezenet::experiments {

namespace {

using ownership::Classifier;
using ownership::WeightWatermark;

constexpr const char* kScratch = "scratch";
constexpr const char* kOther = "other";

/// The header of a run: what is hashed is no header of a chain, and stands for one.
Hash256 header_seed(char which, std::uint64_t seed) {
  const std::string text = std::string("FreezeNet experiment, header ") + which + " of seed " + std::to_string(seed);
  return training::flat_watermark_seed(as_bytes(text.c_str()));
}

Result<WeightWatermark> derive(const Classifier& model, const MarkShape& mark, const Hash256& seed) {
  training::FlatWatermarkOptions options;
  if (mark.values == "fan-in") {
    options.placement = training::Placement::kPerTensor;
    options.values = training::WatermarkValues::kFanIn;
  }
  options.ppm = mark.ppm;
  return WeightWatermark::derive(model, options, seed);
}

std::string shelf_name(const TrainingPoint& point) {
  std::string name;
  for (const std::string& cell : point.key()) name += (name.empty() ? "" : "-") + cell;
  return name;
}

std::string progress_text(const ownership::FitProgress& progress, double accuracy) {
  char text[96];
  std::snprintf(text, sizeof text, "epoch %u/%u  loss %.4f  accuracy %.1f%%", progress.epoch + 1, progress.epochs,
                progress.loss, 100 * accuracy);
  return text;
}

}  // namespace

FreezeNetRuns::FreezeNetRuns(const ExperimentOptions& options, const ExperimentData& data, const Observer& observer)
    : options_(options), data_(data), observer_(observer), shelf_(options.out / "models") {}

Setting FreezeNetRuns::setting() const {
  return {options_.dataset, options_.network, data_.train.size(), options_.epochs};
}

std::vector<MarkShape> FreezeNetRuns::marks() const {
  std::vector<MarkShape> out;
  for (const std::string& values : options_.values) {
    for (const std::uint32_t ppm : options_.ratios) {
      if (ppm != 0) out.push_back({values, ppm});
    }
  }
  return out;
}

double FreezeNetRuns::cost() const { return static_cast<double>(data_.train.size()) * options_.epochs; }

TrainingPoint FreezeNetRuns::planned(const MarkShape& mark, const char* start, std::uint64_t seed) const {
  TrainingPoint point;
  point.setting = setting();
  point.mark = mark;
  point.start = start;
  point.seed = seed;
  return point;
}

void FreezeNetRuns::plan(std::vector<Point>& points, const TrainingPoint& point) {
  points.push_back({point.key(), cost(), [this, point](WorkClock& clock) { return train(point, clock); }});
}

Result<PointTable> FreezeNetRuns::open_training() const {
  return PointTable::open(options_.out / "training.csv", TrainingPoint::columns(), TrainingPoint::kKeys);
}

Result<PointTable::Row> FreezeNetRuns::train(TrainingPoint point, WorkClock& clock) {
  auto model = make_network(options_.network, data_.shape, point.seed);
  const bool other = point.start == kOther;
  if (other) {
    const auto start = trained(planned(point.mark, kScratch, point.seed), clock);
    if (!start) return tl::unexpected(start.error());
    model->copy_state(**start);
  }
  ownership::FitOptions fit_options;
  fit_options.epochs = options_.epochs;
  fit_options.seed = other ? ~point.seed : point.seed;
  ownership::FitParts parts;
  std::optional<WeightWatermark> mark;
  if (point.mark.ppm != 0) {
    auto derived = derive(*model, point.mark, header_seed(other ? 'B' : 'A', point.seed));
    if (!derived) return tl::unexpected(derived.error());
    mark = std::move(*derived);
    mark->stamp(*model);
    parts.after_step = mark->stamper(*model);
  }
  const double begin = observer_.seconds();
  point.curve = {ownership::accuracy(*model, data_.evaluation)};
  parts.after_epoch = [&](unsigned) { point.curve.push_back(ownership::accuracy(*model, data_.evaluation)); };
  parts.progress = [&](const ownership::FitProgress& progress) {
    const double batches = static_cast<double>(progress.batch) / static_cast<double>(progress.batches);
    return clock.tick((progress.epoch + batches) / progress.epochs, progress_text(progress, point.curve.back()));
  };
  const auto fitted = ownership::fit(*model, data_.train, fit_options, parts);
  if (!fitted && fitted.error().code != RejectCode::kVoidSegment) return tl::unexpected(fitted.error());
  // A training that left the finite numbers is a result too: what it had come to, until the end.
  if (!fitted) point.curve.resize(options_.epochs + 1, ownership::accuracy(*model, data_.evaluation));
  if (mark) {
    const auto check = mark->check(*model, 0);
    point.positions = check.positions;
    point.differing = check.differing;
    if (fitted && !check.passed()) {
      return reject(RejectCode::kWrongWatermark, std::to_string(check.differing) + " of " +
                                                     std::to_string(check.positions) + " positions moved in training");
    }
  }
  point.seconds = observer_.seconds() - begin;
  if (auto saved = shelf_.save(shelf_name(point), *model); !saved) return tl::unexpected(saved.error());
  return point.values();
}

Result<std::shared_ptr<Classifier>> FreezeNetRuns::trained(const TrainingPoint& point, WorkClock& clock) {
  auto model = make_network(options_.network, data_.shape, point.seed);
  if (shelf_.load(shelf_name(point), *model)) return model;
  const auto values = train(point, clock);
  if (!values) return tl::unexpected(values.error());
  if (!training_->has(point.key())) {
    if (auto added = training_->add(point.key(), *values); !added) return tl::unexpected(added.error());
  }
  if (!shelf_.load(shelf_name(point), *model))
    return reject(RejectCode::kStorage, "a model that was written cannot be read");
  return model;
}

Result<> FreezeNetRuns::learning_ability() {
  auto table = open_training();
  if (!table) return tl::unexpected(table.error());
  training_ = std::make_unique<PointTable>(std::move(*table));
  std::vector<Point> points;
  for (std::uint64_t seed = options_.first_seed; seed < options_.first_seed + options_.seeds; ++seed) {
    if (options_.ratios.front() == 0) plan(points, planned({}, kScratch, seed));
    for (const MarkShape& mark : marks()) plan(points, planned(mark, kScratch, seed));
  }
  return run_points(*training_, points, observer_);
}

Result<> FreezeNetRuns::strong_tampering() {
  auto table = open_training();
  if (!table) return tl::unexpected(table.error());
  training_ = std::make_unique<PointTable>(std::move(*table));
  std::vector<Point> points;
  for (std::uint64_t seed = options_.first_seed; seed < options_.first_seed + options_.seeds; ++seed) {
    for (const MarkShape& mark : marks()) {
      plan(points, planned(mark, kScratch, seed));
      plan(points, planned(mark, kOther, seed));
    }
  }
  return run_points(*training_, points, observer_);
}

Result<> FreezeNetRuns::weak_tampering() {
  auto table = open_training();
  if (!table) return tl::unexpected(table.error());
  training_ = std::make_unique<PointTable>(std::move(*table));
  auto signing = PointTable::open(options_.out / "signing.csv", SigningPoint::columns(), SigningPoint::kKeys);
  if (!signing) return tl::unexpected(signing.error());
  std::vector<Point> clean, points;
  for (std::uint64_t seed = options_.first_seed; seed < options_.first_seed + options_.seeds; ++seed) {
    const TrainingPoint unmarked = planned({}, kScratch, seed);
    plan(clean, unmarked);
    for (const MarkShape& mark : marks()) {
      SigningPoint point{setting(), mark, seed};
      points.push_back({point.key(), 1, [this, point, unmarked](WorkClock& clock) mutable -> Result<PointTable::Row> {
                          const auto model = trained(unmarked, clock);
                          if (!model) return tl::unexpected(model.error());
                          const auto stamp = derive(**model, point.mark, header_seed('B', point.seed));
                          if (!stamp) return tl::unexpected(stamp.error());
                          point.before = ownership::accuracy(**model, data_.evaluation);
                          stamp->stamp(**model);
                          point.after = ownership::accuracy(**model, data_.evaluation);
                          point.positions = stamp->flat().positions.size();
                          if (!clock.tick(1, "")) return reject(RejectCode::kCancelled);
                          return point.values();
                        }});
    }
  }
  if (auto done = run_points(*training_, clean, observer_); !done) return done;
  return run_points(*signing, points, observer_);
}

}  // namespace freezenet::experiments
