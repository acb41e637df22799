#include <algorithm>
#include <cstdio>
#include <map>
#include <tuple>

#include "training/experiments/chart.h"
#include "training/experiments/report.h"

namespace freezenet::experiments {

namespace {

constexpr double kUseless = .05;  // of accuracy: what an attacker may lose of it

/// Different values of a column, in the order in which they first stand there.
template <typename T, typename Column>
auto distinct(const std::vector<T>& points, const Column& column) {
  std::vector<std::decay_t<decltype(column(points.front()))>> out;
  for (const T& point : points) {
    if (std::ranges::find(out, column(point)) == out.end()) out.push_back(column(point));
  }
  return out;
}

template <typename T, typename Value>
double median_over(const std::vector<const T*>& points, const Value& value) {
  std::vector<double> values;
  for (const T* point : points) values.push_back(value(*point));
  return median_of(std::move(values));
}

using Runs = std::vector<const RobustnessPoint*>;

Runs runs_of(const std::vector<RobustnessPoint>& points, const Setting& setting, const std::string& scheme,
             const std::string& attack) {
  Runs out;
  for (const RobustnessPoint& point : points) {
    if (point.setting == setting && point.scheme == scheme && point.attack == attack) out.push_back(&point);
  }
  return out;
}

Page::Cell cell_after_attack(const Runs& runs) {
  const bool found = median_over(runs, [](const RobustnessPoint& p) { return p.found ? 1.0 : 0.0; }) >= .5;
  const double rate = median_over(runs, [](const RobustnessPoint& p) { return p.rate(); });
  const double lost = median_over(runs, [](const RobustnessPoint& p) { return p.marked - p.accuracy; });
  char text[64];
  std::snprintf(text, sizeof text, "%s %.0f%%, %+.1f", found ? "found" : "lost", 100 * rate, 0 - 100 * lost);
  return {text, found && lost < kUseless ? "good" : !found && lost < kUseless ? "bad" : "plain"};
}

Page::Cell cell_without_attack(const std::string& attack, const Runs& runs) {
  std::uint64_t matches = 0, trials = 0;
  bool found = false;
  for (const RobustnessPoint* point : runs) {
    matches += point->matches;
    trials += point->trials;
    found = found || point->found;
  }
  const std::string text = std::to_string(matches) + " of " + std::to_string(trials);
  return {attack == kRandomKeys ? text + " keys" : text, found ? "bad" : "good"};
}

void report_one_setting(Page& page, const std::vector<RobustnessPoint>& points, const Setting& setting) {
  std::vector<RobustnessPoint> own;
  for (const RobustnessPoint& point : points) {
    if (point.setting == setting) own.push_back(point);
  }
  const auto schemes = distinct(own, [](const RobustnessPoint& p) { return p.scheme; });
  const auto attacks = distinct(own, [](const RobustnessPoint& p) { return p.attack; });
  std::vector<std::string> head = {"attack"};
  head.insert(head.end(), schemes.begin(), schemes.end());
  std::vector<std::vector<Page::Cell>> rows;
  for (const std::string& attack : attacks) {
    std::vector<Page::Cell> row = {{attack}};
    for (const std::string& scheme : schemes) {
      const Runs runs = runs_of(own, setting, scheme, attack);
      if (runs.empty()) {
        row.push_back({"-"});
      } else if (attack.starts_with(kUnmarked) || attack == kRandomKeys) {
        row.push_back(cell_without_attack(attack, runs));
      } else {
        row.push_back(cell_after_attack(runs));
      }
    }
    rows.push_back(std::move(row));
  }
  Bars clean{"unmarked model", {}, 0}, marked{"marked model", {}, 1};
  for (const std::string& scheme : schemes) {
    const Runs runs = runs_of(own, setting, scheme, kNoAttack);
    if (runs.empty()) continue;
    clean.values.push_back(100 * median_over(runs, [](const RobustnessPoint& p) { return p.clean; }));
    marked.values.push_back(100 * median_over(runs, [](const RobustnessPoint& p) { return p.marked; }));
  }
  page.paragraph(setting_text(setting) + ".");
  if (clean.values.size() == schemes.size()) {
    page.chart(
        bar_chart("What a watermark costs", schemes, {"accuracy", 0, 100, false, "%", {}, false}, {clean, marked}));
  }
  page.table(head, rows);
}

}  // namespace

void report_robustness(Page& page, const std::vector<RobustnessPoint>& points) {
  if (points.empty()) return;
  page.heading("Robustness: every scheme under every attack");
  page.paragraph(
      "Whether the watermark is still found, how much of the evidence (bits or triggers) matches, and points of "
      "accuracy "
      "gained. Red: the watermark is lost and the model is worth having, under five points below the marked one; the "
      "attack succeeds. Rows of unmarked models and of random keys count what matches without a watermark; red where "
      "one is found.");
  for (const Setting& setting : distinct(points, [](const RobustnessPoint& p) { return p.setting; })) {
    report_one_setting(page, points, setting);
  }
}

void report_piracy(Page& page, const std::vector<PiracyPoint>& points) {
  if (points.empty()) return;
  page.heading("Piracy: a second null embedding");
  page.paragraph(
      "Somebody with the owner's model and a share of the data embeds his own. It resists where his is not verified, "
      "or "
      "cost ten points, and the owner's still is.");
  std::map<std::tuple<std::string, std::string, double, double>, std::vector<const PiracyPoint*>> groups;
  for (const PiracyPoint& point : points) {
    groups[{setting_text(point.setting), point.optimiser, point.rate, point.share}].push_back(&point);
  }
  std::vector<std::vector<Page::Cell>> rows;
  for (const auto& [key, group] : groups) {
    const auto median = [&, &runs = group](double PiracyPoint::*value) {
      return median_over(runs, [&](const PiracyPoint& p) { return p.*value; });
    };
    const bool resistant = median_over(group, [](const PiracyPoint& p) { return p.resistant() ? 1.0 : 0.0; }) >= .5;
    const auto pair = [&](double PiracyPoint::*first, double PiracyPoint::*second) {
      return percent_text(median(first)) + " / " + percent_text(median(second));
    };
    rows.push_back({{std::get<0>(key) + ", " + std::get<1>(key)},
                    {cell_of(std::get<2>(key))},
                    {percent_text(std::get<3>(key))},
                    {std::to_string(group.size())},
                    {percent_text(median(&PiracyPoint::marked))},
                    {percent_text(median(&PiracyPoint::accuracy))},
                    {pair(&PiracyPoint::owner_null, &PiracyPoint::owner_true)},
                    {pair(&PiracyPoint::pirate_null, &PiracyPoint::pirate_true)},
                    {resistant ? "resists" : "does not resist", resistant ? "good" : "bad"}});
  }
  page.table({"model", "pirate's rate", "his data, %", "runs", "owner's accuracy, %", "pirate's accuracy, %",
              "owner: null / true, %", "pirate: null / true, %", "verdict"},
             rows);
}

}  // namespace freezenet::experiments
