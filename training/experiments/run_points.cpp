#include "training/experiments/run_points.h"

#include <algorithm>
#include <cstdio>

namespace freezenet::experiments {

namespace {

constexpr double kPause = 0.2;  // seconds between two lines that nobody could read otherwise

std::string name_of(const PointTable::Row& key) {
  std::string name;
  for (const std::string& cell : key) name += (name.empty() ? "" : " ") + cell;
  return name;
}

}  // namespace

std::string time_text(double seconds) {
  const auto whole = static_cast<unsigned long long>(std::max(seconds, 0.0) + 0.5);
  char text[48];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%llu h %02llu min", whole / 3600, whole / 60 % 60);
  } else if (whole >= 60) {
    std::snprintf(text, sizeof text, "%llu min %02llu s", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%llu s", whole);
  }
  return text;
}

void WorkClock::begin_point(std::string what, double cost) {
  what_ = std::move(what);
  cost_ = cost;
}

void WorkClock::end_point() {
  done_ += cost_;
  cost_ = 0;
}

bool WorkClock::tick(double share, const std::string& detail) {
  const double passed = observer_.seconds() - start_;
  if (passed - shown_ >= kPause || shown_ < 0) {
    shown_ = passed;
    const double done = done_ + cost_ * std::clamp(share, 0.0, 1.0);
    std::string line = what_ + "  " + detail;
    if (done > 0 && passed > 1) line += "  " + time_text(passed * (total_ - done) / done) + " left";
    observer_.show(line);
  }
  return !observer_.interrupted();
}

Result<> run_points(PointTable& table, const std::vector<Point>& points, const Observer& observer) {
  double total = 0;
  std::size_t missing = 0;
  for (const Point& point : points) {
    if (table.has(point.key)) continue;
    total += point.cost;
    ++missing;
  }
  if (missing < points.size()) {
    observer.say(std::to_string(points.size() - missing) + " of " + std::to_string(points.size()) + " points are in " +
                 table.file().string() + " already");
  }
  WorkClock clock(observer, total);
  std::size_t number = 0;
  for (const Point& point : points) {
    if (table.has(point.key)) continue;  // a point may have been added on the way to another
    const double before = observer.seconds();
    ++number;
    const std::string what =
        "point " + std::to_string(number) + "/" + std::to_string(missing) + " " + name_of(point.key);
    clock.begin_point(what, point.cost);
    auto values = point.run(clock);
    if (!values) return tl::unexpected(values.error());
    clock.end_point();
    if (auto added = table.add(point.key, *values); !added) return added;
    observer.say(what + "  " + time_text(observer.seconds() - before));
  }
  return {};
}

}  // namespace freezenet::experiments
