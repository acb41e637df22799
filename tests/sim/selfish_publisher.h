#pragma once

#include "tests/sim/publisher.h"

namespace freezenet::sim {

/// Selfish mining, algorithm 1 of Eyal and Sirer, "Majority is not enough: Bitcoin mining is vulnerable" (Financial
/// Cryptography 2014): keeps what it finds to itself and shows just as much as makes the others' work void. It answers
/// to headers, before it has replayed their blocks, and relays nobody's.
class SelfishPublisher final : public Publisher {
 public:
  void on_tip(SimNode& node) override;
  void on_own(SimNode& node, const BlockEntry& block) override;
  void on_header(SimNode& node, const BlockEntry& header) override;
  [[nodiscard]] const BlockEntry& visible_tip(const SimNode& node) const override;

 private:
  void publish(SimNode& node, const BlockEntry& block);
  void give_up();

  const BlockEntry* fork_ = nullptr;       // parent of the first private block
  const BlockEntry* private_ = nullptr;    // last private block; nullptr: mines in public
  const BlockEntry* published_ = nullptr;  // how much of the private branch is public
  std::uint64_t public_height_ = 0;
};

}  // namespace freezenet::sim
