#pragma once

#include <string>
#include <vector>

namespace freezenet::learning {

/// Whether two ways of training learnt the same: the medians of their scores differ by at most `points`, or by the
/// baseline's own spread (its interquartile range) where that is more. Scores in percent.
struct Verdict {
  double engine = 0, stock = 0;  ///< medians
  double allowed = 0;            ///< points
  bool learnt = false;  ///< the baseline's median is at least twice what guessing scores: else nothing is compared
  bool same = false;    ///< false also where nothing was learnt, either list is empty or they differ in length
};
/// `guessing`: the score of a model that knows nothing, 100 / classes.
Verdict judge(const std::vector<double>& engine, const std::vector<double>& stock, double points, double guessing);

/// One line.
std::string describe(const Verdict& verdict);

}  // namespace freezenet::learning
