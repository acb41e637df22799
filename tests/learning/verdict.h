#pragma once

#include <string>
#include <vector>

namespace freezenet::learning {

/// Whether two ways of training learnt the same: the medians of their scores differ by at most `points`, or by the
/// baseline's own spread (its interquartile range) where that is more. Scores in percent.
struct Verdict {
  double engine = 0, stock = 0;  ///< medians
  double allowed = 0;            ///< points
  bool same = false;             ///< false also where either list is empty or they differ in length
};
Verdict judge(const std::vector<double>& engine, const std::vector<double>& stock, double points);

/// One line.
std::string describe(const Verdict& verdict);

}  // namespace freezenet::learning
