#include "consensus/chain/header_trail.h"

#include <algorithm>

namespace freezenet {

HeaderTrail::HeaderTrail(const Assumption& assumption, const NetworkParams& params, std::uint64_t from)
    : assumption_(assumption), from_(from), height_(from) {
  const std::uint64_t tasks = params.tasks.size();
  const std::uint64_t gates = (std::uint64_t{params.adoption_window} + 1) * tasks;
  const std::uint64_t best = assumption.height - std::min(assumption.height, gates);
  for (const std::uint64_t height : {best, best / kMilestone * kMilestone}) {
    const bool twice = !boundaries_.empty() && boundaries_.back().height == height;
    if (height > from && !twice) boundaries_.push_back({height, std::vector<Hash256>(tasks)});
  }
}

void HeaderTrail::add(const Hash256& hash, const Hash256& start_root) {
  if (ended()) return;
  ++height_;
  if (height_ % kStep == 0 || ended()) marks_.push_back(hash);
  if (ended()) met_ = hash == assumption_.block;
  for (Boundary& boundary : boundaries_) {
    const std::uint64_t tasks = boundary.roots.size();
    if (height_ > boundary.height && height_ <= boundary.height + tasks) boundary.roots[height_ % tasks] = start_root;
  }
}

const Hash256* HeaderTrail::mark_from(std::uint64_t height) const {
  if (height <= from_ || height > height_) return nullptr;
  const std::uint64_t index = (height + kStep - 1) / kStep - from_ / kStep - 1;
  return index < marks_.size() ? &marks_[static_cast<std::size_t>(index)] : nullptr;
}

}  // namespace freezenet
