#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "consensus/base/result.h"

namespace freezenet::daemon {

/// Whether there is room on the disk to take blocks: not while less than a limit is free, and not right after a write
/// that found no room. It goes on by itself, with a tenth of the limit as a margin, so that it does not flap; after
/// writes that fail although room is shown (a quota, another file system), it waits twice as long each time.
///
/// Passive: asked by its owner, on one thread.
class SpaceGuard {
 public:
  using Clock = std::chrono::steady_clock;
  /// Bytes that this user may still write; kStorage where nobody can tell.
  using Ask = std::function<Result<std::uint64_t>()>;

  struct Settings {
    std::uint64_t least = 0;  ///< bytes; 0: only a write that fails counts
    Ask free;                 ///< empty: there is always room
  };
  explicit SpaceGuard(Settings settings) : settings_(std::move(settings)) {}

  /// Asks for the free space. True where paused() is another than before.
  bool look(Clock::time_point now);
  /// A write found no room. True where paused() is another than before.
  bool hit(const Reject& why, Clock::time_point now);
  /// Why nothing is taken; empty where there is room.
  [[nodiscard]] const std::string& paused() const { return paused_; }

 private:
  static constexpr std::uint64_t kLeastMargin = 8 << 20;  // bytes
  static constexpr std::chrono::seconds kFirstWait{1}, kLongestWait{60}, kForgotten{600};

  Settings settings_;
  std::string paused_;
  Clock::time_point not_before_{};
  std::optional<Clock::time_point> last_hit_;
  std::chrono::seconds wait_ = kFirstWait;
};

/// What the file system of this folder has left for this user.
Result<std::uint64_t> free_bytes(const std::filesystem::path& folder);

}  // namespace freezenet::daemon
