#include "daemon/space_guard.h"

#include <algorithm>
#include <system_error>

#include "daemon/durable_file.h"

namespace freezenet::daemon {
namespace {

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes / 1'000'000) + " MB"; }

}  // namespace

bool SpaceGuard::look(Clock::time_point now) {
  if (!settings_.free) return false;
  const auto free = settings_.free();
  // A file system that does not answer says nothing about room: a write will tell.
  if (!free) return false;
  if (paused_.empty()) {
    if (*free >= settings_.least) return false;
    paused_ = "the disk has " + megabytes(*free) + " free, less than the " + megabytes(settings_.least) +
              " of --min-free-space; free some space";
    return true;
  }
  if (now < not_before_ || *free < settings_.least + std::max(settings_.least / 10, kLeastMargin)) return false;
  paused_.clear();
  return true;
}

bool SpaceGuard::hit(const Reject& why, Clock::time_point now) {
  wait_ = last_hit_ && now - *last_hit_ < kForgotten ? std::min(2 * wait_, kLongestWait) : kFirstWait;
  last_hit_ = now;
  not_before_ = now + wait_;
  if (!paused_.empty()) return false;
  paused_ = why.detail;
  return true;
}

Result<std::uint64_t> free_bytes(const std::filesystem::path& folder) {
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  if (error) return tl::unexpected(storage_error("ask for the free space of", folder, error.value()));
  return space.available;
}

}  // namespace freezenet::daemon
