#include "tests/sim/selfish_publisher.h"

#include <algorithm>

#include "tests/sim/sim_node.h"

namespace freezenet::sim {

void SelfishPublisher::on_tip(SimNode&) { give_up(); }

void SelfishPublisher::give_up() { fork_ = private_ = published_ = nullptr; }

void SelfishPublisher::publish(SimNode& node, const BlockEntry& block) {
  published_ = &block;
  public_height_ = std::max(public_height_, block.height);
  node.announce(block);
}

void SelfishPublisher::on_own(SimNode& node, const BlockEntry& block) {
  const bool racing = private_ != nullptr && published_ == private_ && private_->height == public_height_;
  if (private_ == nullptr) fork_ = block.parent;
  private_ = &block;
  if (racing) {  // the branch of the others has lost
    publish(node, block);
    give_up();
  } else if (block.height <= public_height_) {  // the others were first: a race
    publish(node, block);
    node.note_race(block);
  }
}

void SelfishPublisher::on_header(SimNode& node, const BlockEntry& header) {
  if (header.height <= public_height_) return;
  public_height_ = header.height;
  if (private_ == nullptr) return;
  if (private_->height < header.height) {
    give_up();
  } else if (private_->height == header.height) {
    publish(node, *private_);
    node.note_race(*private_);
  } else if (private_->height == header.height + 1) {
    publish(node, *private_);
    give_up();
  } else {
    const BlockEntry* shown = private_;
    while (shown->height > header.height) shown = shown->parent;
    publish(node, *shown);
  }
}

const BlockEntry& SelfishPublisher::visible_tip(const SimNode& node) const {
  if (private_ == nullptr) return node.chain().tip();
  return published_ != nullptr ? *published_ : *fork_;
}

}  // namespace freezenet::sim
