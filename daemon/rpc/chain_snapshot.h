#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include <nlohmann/json.hpp>

#include "consensus/chain/chain.h"

namespace freezenet::daemon {

/// What the most asked methods say of the chain, made by the chain's thread after each change, so that an answer never
/// waits for that thread: it may be in the middle of a commit, or have a queue before it.
class ChainSnapshot {
 public:
  struct View {
    nlohmann::json chain;   ///< chain_report()
    nlohmann::json blocks;  ///< recent_blocks_report(), kRecentBlocks
    std::string hash;       ///< of the tip
  };
  static constexpr std::size_t kRecentBlocks = 6;

  /// The chain's thread, as often as it likes: where nothing changed this costs a few comparisons, else a report.
  void publish(const Chain& chain, const std::string& paused);
  /// Any thread. Never null once the chain was published.
  [[nodiscard]] std::shared_ptr<const View> latest() const;

 private:
  /// Two chains with the same mark have the same report.
  struct Mark {
    Hash256 tip, best;
    std::size_t unverified = 0, stale = 0, assumed = 0;
    std::string paused;
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  std::optional<Mark> mark_;  // the chain's thread only
  mutable std::mutex mutex_;  // guards what follows; held for the copy of a pointer
  std::shared_ptr<const View> latest_;
};

}  // namespace freezenet::daemon
