#include "tests/sim/publisher.h"

#include "tests/sim/sim_node.h"

namespace freezenet::sim {

void Publisher::on_tip(SimNode& node) { node.announce(node.chain().tip()); }

void Publisher::on_own(SimNode& node, const BlockEntry& block) { node.announce(block); }

void Publisher::on_header(SimNode&, const BlockEntry&) {}

const BlockEntry& Publisher::visible_tip(const SimNode& node) const { return node.chain().tip(); }

}  // namespace freezenet::sim
