#include "tests/sim/record.h"

namespace freezenet::sim {

void Record::reorganised(std::size_t depth, Micros now) {
  ++depths_[depth];
  last_reorganisation_ = now;
}

void Record::found(const SimBlock& block, bool honest) {
  if (!race_ || block.height != race_->height + 1) return;
  // The attacker's own next block says nothing about where the others stood.
  if (honest) {
    ++races_;
    if (block.header.candidate.prev_block == race_->own) ++joined_;
  }
  race_.reset();
}

void Record::begin(Micros now) {
  *this = Record();
  began_ = now;
}

}  // namespace freezenet::sim
