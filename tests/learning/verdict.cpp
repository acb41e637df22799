#include "tests/learning/verdict.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tests/bench/paired.h"

namespace freezenet::learning {

Verdict judge(const std::vector<double>& engine, const std::vector<double>& stock, double points, double guessing) {
  const bench::Spread baseline = bench::spread_of(stock);
  Verdict verdict;
  verdict.engine = bench::spread_of(engine).median;
  verdict.stock = baseline.median;
  verdict.allowed = std::max(points, baseline.high - baseline.low);
  verdict.learnt = !stock.empty() && verdict.stock >= 2 * guessing;
  verdict.same =
      verdict.learnt && engine.size() == stock.size() && std::abs(verdict.engine - verdict.stock) <= verdict.allowed;
  return verdict;
}

std::string describe(const Verdict& verdict) {
  char text[160];
  std::snprintf(text, sizeof text, "medians: engine %.2f%%, stock LibTorch %.2f%%; they may differ by %.2f points: %s",
                verdict.engine, verdict.stock, verdict.allowed,
                verdict.same     ? "same learning"
                : verdict.learnt ? "DIFFERENT LEARNING"
                                 : "NOTHING WAS LEARNT, so nothing was compared");
  return text;
}

}  // namespace freezenet::learning
