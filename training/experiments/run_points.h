#pragma once

#include <functional>
#include <string>
#include <vector>

#include "training/experiments/point_table.h"

namespace freezenet::experiments {

/// How the program around an experiment hears of it, and stops it.
struct Observer {
  std::function<bool()> interrupted = [] { return false; };                 ///< asked after each batch
  std::function<void(const std::string&)> say = [](const std::string&) {};  ///< a line that stays
  /// A line that the next one may take the place of.
  std::function<void(const std::string&)> show = [](const std::string&) {};
  std::function<double()> seconds;  ///< a steady clock
};

/// "1 h 05 min", "2 min 10 s", "8 s".
std::string time_text(double seconds);

/// How far an experiment is, in units of the planner's choice (samples trained on). Points that were done before count
/// neither as done nor as work.
class WorkClock {
 public:
  WorkClock(const Observer& observer, double total) : observer_(observer), total_(total), start_(observer.seconds()) {}

  void begin_point(std::string what, double cost);
  void end_point();
  /// `share` of the point's work is done: shows a line now and then. False where the user wants to stop.
  bool tick(double share, const std::string& detail);

 private:
  const Observer& observer_;
  double total_;
  double done_ = 0, cost_ = 0;
  double start_;
  double shown_ = -1;
  std::string what_;
};

struct Point {
  PointTable::Row key;
  double cost = 1;  ///< in units of work
  /// The values of its row.
  std::function<Result<PointTable::Row>(WorkClock&)> run;
};

/// Runs the points that the table lacks, in order, and adds a row for each. kCancelled where the observer said so;
/// whatever a point or the table is refused for. What was done before stays.
Result<> run_points(PointTable& table, const std::vector<Point>& points, const Observer& observer);

}  // namespace freezenet::experiments
