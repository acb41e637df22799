#include "tests/sim/time_policies.h"

#include <algorithm>

#include "tests/sim/random.h"

namespace freezenet::sim {

std::vector<NamedTimePolicy> time_policies() {
  using Time = std::uint64_t;
  const auto forward = [](Time, Time earliest, Time latest, Random&) { return std::max(earliest, latest); };
  const auto backward = [](Time, Time earliest, Time, Random&) { return earliest; };
  const auto random = [](Time honest, Time earliest, Time latest, Random& draw) {
    return latest <= earliest ? honest : earliest + draw.below(latest - earliest + 1);
  };
  const auto zigzag = [up = false](Time, Time earliest, Time latest, Random&) mutable {
    up = !up;
    return up ? std::max(earliest, latest) : earliest;
  };
  return {{"honest", {}}, {"forward", forward}, {"backward", backward}, {"random", random}, {"zigzag", zigzag}};
}

TimePolicy time_policy(const std::string& name) {
  const auto all = time_policies();
  return std::ranges::find(all, name, &NamedTimePolicy::name)->policy;
}

}  // namespace freezenet::sim
