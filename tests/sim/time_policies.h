#pragma once

#include <string>
#include <vector>

#include "tests/sim/settings.h"

namespace freezenet::sim {

struct NamedTimePolicy {
  std::string name;
  TimePolicy policy;
};

/// Ways in which a miner may lie about the time, within what other nodes accept: as late as they take ("forward"), as
/// early as the rules allow ("backward"), anything in between ("random"), both in turn ("zigzag"); and "honest".
std::vector<NamedTimePolicy> time_policies();
TimePolicy time_policy(const std::string& name);

}  // namespace freezenet::sim
