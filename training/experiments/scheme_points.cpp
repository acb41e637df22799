#include "training/experiments/scheme_points.h"

#include "training/experiments/cells.h"

namespace freezenet::experiments {

namespace {

using Row = PointTable::Row;

/// Measured values, to four digits behind the point: more would not be the same twice.
std::string rounded(double value) { return fixed_text(value, 4); }

}  // namespace

const Row& RobustnessPoint::columns() {
  static const Row kColumns = {"dataset", "network", "samples", "epochs", "scheme",   "attack",
                               "seed",    "box",     "clean",   "marked", "accuracy", "matches",
                               "trials",  "chance",  "log10_p", "found",  "measures", "seconds"};
  return kColumns;
}

Row RobustnessPoint::key() const { return joined(setting.cells(), {scheme, attack, std::to_string(seed)}); }

Row RobustnessPoint::values() const {
  return {box,
          rounded(clean),
          rounded(marked),
          rounded(accuracy),
          std::to_string(matches),
          std::to_string(trials),
          rounded(chance),
          fixed_text(log10_p, 2),
          found ? "1" : "0",
          measures,
          fixed_text(seconds, 1)};
}

Result<RobustnessPoint> RobustnessPoint::from(const Row& row) {
  Cells cells(row);
  RobustnessPoint out;
  out.setting = cells.setting();
  out.scheme = cells.text();
  out.attack = cells.text();
  out.seed = cells.whole<std::uint64_t>();
  out.box = cells.text();
  out.clean = cells.share();
  out.marked = cells.share();
  out.accuracy = cells.share();
  out.matches = cells.whole<std::uint64_t>();
  out.trials = cells.whole<std::uint64_t>();
  out.chance = cells.share();
  out.log10_p = cells.real();
  out.found = cells.whole<unsigned>() != 0;
  out.measures = cells.text();
  out.seconds = cells.real();
  return cells.result(out);
}

const Row& PiracyPoint::columns() {
  static const Row kColumns = {"dataset",    "network",     "samples",     "epochs",      "optimiser",    "rate",
                               "share",      "seed",        "clean",       "marked",      "accuracy",     "owner_null",
                               "owner_true", "pirate_null", "pirate_true", "owner_found", "pirate_found", "seconds"};
  return kColumns;
}

Row PiracyPoint::key() const {
  return joined(setting.cells(), {optimiser, cell_of(rate), cell_of(share), std::to_string(seed)});
}

Row PiracyPoint::values() const {
  return {rounded(clean),           rounded(marked),       rounded(accuracy),    rounded(owner_null),
          rounded(owner_true),      rounded(pirate_null),  rounded(pirate_true), owner_found ? "1" : "0",
          pirate_found ? "1" : "0", fixed_text(seconds, 1)};
}

Result<PiracyPoint> PiracyPoint::from(const Row& row) {
  Cells cells(row);
  PiracyPoint out;
  out.setting = cells.setting();
  out.optimiser = cells.text();
  out.rate = cells.real();
  out.share = cells.share();
  out.seed = cells.whole<std::uint64_t>();
  for (double* value :
       {&out.clean, &out.marked, &out.accuracy, &out.owner_null, &out.owner_true, &out.pirate_null, &out.pirate_true}) {
    *value = cells.share();
  }
  out.owner_found = cells.whole<unsigned>() != 0;
  out.pirate_found = cells.whole<unsigned>() != 0;
  out.seconds = cells.real();
  return cells.result(out);
}

}  // namespace freezenet::experiments
