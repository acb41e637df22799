#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "training/experiments/chart.h"
#include "training/experiments/published.h"
#include "training/experiments/report.h"

namespace freezenet::experiments {

namespace {

constexpr double kThreshold = .8;  // of a run's own best, as published
const Axis kAccuracy{"accuracy", 0, 100, false, "%", {}, false};
const Axis kRatio{"share of the weights that the watermark holds", 0, 100, false, "%", {}, false};

/// Settings in the order in which they first stand in a table.
template <typename T>
std::vector<Setting> settings_of(const std::vector<T>& points) {
  std::vector<Setting> out;
  for (const T& point : points) {
    if (std::ranges::find(out, point.setting) == out.end()) out.push_back(point.setting);
  }
  return out;
}

/// No watermark, then values in (-1, 1), then those of fan_in size; small before large.
struct ByMark {
  bool operator()(const MarkShape& a, const MarkShape& b) const {
    return std::make_tuple(rank(a), a.ppm) < std::make_tuple(rank(b), b.ppm);
  }
  static int rank(const MarkShape& mark) { return mark.values == "none" ? 0 : mark.values == "unit" ? 1 : 2; }
};
/// Points of one setting and start, by watermark.
using Groups = std::map<MarkShape, std::vector<const TrainingPoint*>, ByMark>;

Groups groups_of(const std::vector<TrainingPoint>& points, const Setting& setting, const std::string& start) {
  Groups out;
  for (const TrainingPoint& point : points) {
    if (point.setting == setting && point.start == start) out[point.mark].push_back(&point);
  }
  return out;
}

template <typename Function>
std::vector<double> values_of(const std::vector<const TrainingPoint*>& points, const Function& function) {
  std::vector<double> out;
  for (const TrainingPoint* point : points) out.push_back(function(*point));
  return out;
}
std::vector<double> finals(const std::vector<const TrainingPoint*>& points) {
  return values_of(points, [](const TrainingPoint& p) { return p.final_accuracy(); });
}
std::vector<double> bests(const std::vector<const TrainingPoint*>& points) {
  return values_of(points, [](const TrainingPoint& p) { return p.best_accuracy(); });
}
double epochs_to_threshold(const std::vector<const TrainingPoint*>& points) {
  return median_of(
      values_of(points, [](const TrainingPoint& p) { return static_cast<double>(p.epochs_to(kThreshold)); }));
}

std::string mark_text(const MarkShape& mark) {
  if (mark.ppm == 0) return "none";
  return ratio_text(mark.ppm) + (mark.values == "unit" ? " unit" : " fan-in");
}
std::string values_name(const std::string& values) {
  return values == "unit" ? "values in (-1, 1), over all weights" : "values of fan_in size, by tensor";
}
std::string short_number(double value) { return std::isfinite(value) ? cell_of(value) : "-"; }

Series curve(std::string name, const std::vector<const TrainingPoint*>& points, int colour) {
  Series series{std::move(name), {}, colour, false, points.front()->curve.size() <= 40};
  for (std::size_t epoch = 0; epoch < points.front()->curve.size(); ++epoch) {
    const double middle = median_of(values_of(points, [&](const TrainingPoint& p) { return p.curve[epoch]; }));
    series.points.emplace_back(static_cast<double>(epoch), 100 * middle);
  }
  return series;
}

Axis epochs_axis(const Setting& setting) {
  return {"epochs", 0, static_cast<double>(std::max(setting.epochs, 1U)), false, "", {}, true};
}

/// Accuracy over the ratio, for each kind of values that has points.
std::vector<Series> over_ratio(const Groups& groups) {
  std::vector<Series> out;
  int colour = 0;
  for (const char* values : {"unit", "fan-in"}) {
    Series series{values_name(values), {}, colour++, false, true};
    const auto none = groups.find(MarkShape{});
    if (none != groups.end()) series.points.emplace_back(0, 100 * median_of(finals(none->second)));
    for (const auto& [mark, points] : groups) {
      if (mark.values == values) series.points.emplace_back(mark.ppm / 1e4, 100 * median_of(finals(points)));
    }
    if (series.points.size() > 1) out.push_back(std::move(series));
  }
  return out;
}

/// Curves of at most six watermarks of one kind, spread over those that were run.
std::vector<Series> over_epochs(const Groups& groups, const std::string& values) {
  std::vector<const Groups::value_type*> shown;
  for (const auto& group : groups) {
    if (group.first.ppm == 0 || group.first.values == values) shown.push_back(&group);
  }
  std::ranges::sort(shown, {}, [](const auto* group) { return group->first.ppm; });
  std::vector<Series> out;
  const std::size_t most = 6;
  const std::size_t count = std::min(shown.size(), most);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [mark, points] = *shown[count == 1 ? 0 : i * (shown.size() - 1) / (count - 1)];
    out.push_back(curve(mark.ppm == 0 ? "no watermark" : ratio_text(mark.ppm), points, static_cast<int>(i)));
  }
  return out;
}

const PublishedTraining* published_of(const MarkShape& mark) {
  if (mark.values == "fan-in") return nullptr;
  for (const PublishedTraining& one : published_training()) {
    if (std::abs(one.ratio - mark.ppm / 1e4) < 1e-9) return &one;
  }
  return nullptr;
}

}  // namespace

void report_learning(Page& page, const std::vector<TrainingPoint>& points) {
  if (points.empty()) return;
  page.heading("Learning ability: what a watermark costs");
  for (const Setting& setting : settings_of(points)) {
    const Groups groups = groups_of(points, setting, "scratch");
    if (groups.empty()) continue;
    page.paragraph(setting_text(setting) + ". The watermark is stamped anew after every step.");
    std::vector<Series> series = over_ratio(groups);
    Series published{"published", {}, 6, true, true};
    for (const PublishedTraining& one : published_training())
      published.points.emplace_back(one.ratio, one.scratch_final);
    series.push_back(std::move(published));
    page.chart(line_chart("Accuracy after training under a watermark", kRatio, kAccuracy, series));
    for (const char* values : {"unit", "fan-in"}) {
      const bool any = std::ranges::any_of(groups, [&](const auto& group) { return group.first.values == values; });
      if (!any) continue;
      page.chart(line_chart("Accuracy over epochs: " + values_name(values), epochs_axis(setting), kAccuracy,
                            over_epochs(groups, values)));
    }
    std::vector<std::vector<Page::Cell>> rows;
    for (const auto& [mark, group] : groups) {
      const PublishedTraining* published_row = published_of(mark);
      std::uint64_t differing = 0;
      for (const TrainingPoint* point : group) differing += point->differing;
      rows.push_back({{mark_text(mark)},
                      {std::to_string(group.size())},
                      {spread_text(finals(group))},
                      {spread_text(bests(group))},
                      {short_number(epochs_to_threshold(group))},
                      {mark.ppm == 0 ? "-" : std::to_string(group.front()->positions)},
                      {mark.ppm == 0 ? "-" : std::to_string(differing), differing == 0 ? "plain" : "bad"},
                      {published_row == nullptr ? "-" : short_number(published_row->scratch_final)}});
    }
    page.table({"watermark", "runs", "final, %", "best, %", "epochs to 80% of best", "positions", "differing",
                "published final, %"},
               rows);
  }
}

void report_strong_tampering(Page& page, const std::vector<TrainingPoint>& points) {
  const bool any = std::ranges::any_of(points, [](const TrainingPoint& point) { return point.start == "other"; });
  if (!any) return;
  page.heading("Strong tampering: a start from another block's model");
  page.paragraph(
      "Trained: the model of another header, which carries a watermark of the same size, is stamped with the new one "
      "and "
      "trained on. New: the same from new weights. Epochs count until 80% of the run's own best accuracy.");
  for (const Setting& setting : settings_of(points)) {
    const Groups fresh = groups_of(points, setting, "scratch"), other = groups_of(points, setting, "other");
    if (other.empty()) continue;
    page.paragraph(setting_text(setting) + ".");
    std::vector<std::string> names;
    Bars new_bars{"new weights", {}, 0}, other_bars{"trained model", {}, 1};
    Bars published_new{"published, new", {}, 6}, published_other{"published, trained", {}, 4};
    std::vector<std::vector<Page::Cell>> rows;
    double most = 1;
    for (const auto& [mark, group] : other) {
      const auto from_new = fresh.find(mark);
      if (from_new == fresh.end()) continue;
      const PublishedTraining* published_row = published_of(mark);
      const double epochs_new = epochs_to_threshold(from_new->second), epochs_other = epochs_to_threshold(group);
      const double shown_new = published_row == nullptr ? NAN : published_row->scratch_epochs;
      const double shown_other = published_row == nullptr ? NAN : published_row->pretrained_epochs;
      names.push_back(mark_text(mark));
      new_bars.values.push_back(epochs_new);
      other_bars.values.push_back(epochs_other);
      published_new.values.push_back(shown_new);
      published_other.values.push_back(shown_other);
      for (const double value : {epochs_new, epochs_other, shown_new, shown_other}) {
        if (std::isfinite(value)) most = std::max(most, value);
      }
      rows.push_back({{mark_text(mark)},
                      {std::to_string(group.size())},
                      {spread_text(finals(from_new->second))},
                      {spread_text(finals(group))},
                      {short_number(epochs_new)},
                      {short_number(epochs_other)},
                      {short_number(shown_new) + " / " + short_number(shown_other)},
                      {published_row == nullptr ? "-"
                                                : short_number(published_row->scratch_final) + " / " +
                                                      short_number(published_row->pretrained_final)}});
    }
    page.chart(bar_chart("Epochs to 80% of a run's best accuracy", names,
                         {"epochs", 0, most * 1.05, false, "", {}, true},
                         {new_bars, other_bars, published_new, published_other}));
    for (const auto& [mark, group] : other) {
      const auto from_new = fresh.find(mark);
      if (from_new == fresh.end() || mark.values != other.rbegin()->first.values) continue;
      page.chart(line_chart("Accuracy over epochs, watermark of " + mark_text(mark), epochs_axis(setting), kAccuracy,
                            {curve("new weights", from_new->second, 0), curve("trained model", group, 1)}));
    }
    page.table({"watermark", "runs", "final from new, %", "final from trained, %", "epochs from new",
                "epochs from trained", "published epochs, new / trained", "published final, new / trained"},
               rows);
  }
}

void report_weak_tampering(Page& page, const std::vector<SigningPoint>& points) {
  if (points.empty()) return;
  page.heading("Weak tampering: a watermark stamped on a trained model");
  for (const Setting& setting : settings_of(points)) {
    std::map<MarkShape, std::vector<double>, ByMark> after;
    std::map<std::uint64_t, double> before_by_seed;
    double least = 100;
    for (const SigningPoint& point : points) {
      if (!(point.setting == setting)) continue;
      after[point.mark].push_back(point.after);
      before_by_seed[point.seed] = point.before;
      least = std::min(least, point.mark.ppm / 1e4);
    }
    std::vector<double> before;
    for (const auto& [seed, accuracy] : before_by_seed) before.push_back(accuracy);
    page.paragraph(setting_text(setting) + ". The model was trained without a watermark, to " + spread_text(before) +
                   "%, and is not trained on.");
    std::vector<Series> series;
    int colour = 0;
    std::vector<std::vector<Page::Cell>> rows;
    for (const char* values : {"unit", "fan-in"}) {
      Series one{values_name(values), {}, colour++, false, true};
      for (const auto& [mark, accuracies] : after) {
        if (mark.values != values) continue;
        one.points.emplace_back(mark.ppm / 1e4, 100 * median_of(accuracies));
        rows.push_back({{mark_text(mark)}, {std::to_string(accuracies.size())}, {spread_text(accuracies)}});
      }
      if (!one.points.empty()) series.push_back(std::move(one));
    }
    Series published{"published", {}, 6, true, true};
    for (const PublishedSigning& one : published_signing()) published.points.emplace_back(one.ratio, one.accuracy);
    series.push_back(std::move(published));
    const Axis ratio{"share of the weights that are overwritten", std::min(least, .1), 100, true, "%", {}, false};
    page.chart(line_chart("Accuracy of a trained model after stamping", ratio, kAccuracy, series));
    page.table({"watermark", "runs", "accuracy, %"}, rows);
  }
}

}  // namespace freezenet::experiments
