#include "net/header_budget.h"

#include <algorithm>

namespace freezenet::net {
namespace {

constexpr Millis kGrace{100};  // for a peer whose strand was busy when its turn came

}  // namespace

HeaderBudget::HeaderBudget(const Limits& limits)
    : inbound_{TokenBucket(limits.inbound_headers_per_second, limits.header_burst, Clock::now()), {}},
      outbound_{TokenBucket(limits.outbound_headers_per_second, limits.header_burst, Clock::now()), {}} {}

std::optional<Clock::time_point> HeaderBudget::take(PeerId peer, bool outbound, std::size_t count,
                                                    Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  Share& share = outbound ? outbound_ : inbound_;
  // Who does not come when its turn is there has lost it: it has nothing to offer any more, or is busy with a block.
  while (!share.queue.empty() && share.queue.front().peer != peer && share.queue.front().due + kGrace < now) {
    share.queue.pop_front();
  }
  auto place = std::ranges::find(share.queue, peer, &Share::Waiting::peer);
  if (place == share.queue.end()) place = share.queue.insert(share.queue.end(), {peer, now});
  const auto ahead = static_cast<double>(place - share.queue.begin());
  const Clock::time_point due = share.bucket.next(now, static_cast<double>(count) * (ahead + 1));
  if (ahead > 0 || due > now) {
    place->due = std::max(due, now + Millis(1));
    return place->due;
  }
  share.bucket.spend(static_cast<double>(count));
  share.queue.pop_front();
  return std::nullopt;
}

void HeaderBudget::give_back(bool outbound, std::size_t count) {
  const std::lock_guard lock(mutex_);
  (outbound ? outbound_ : inbound_).bucket.spend(-static_cast<double>(count));
}

void HeaderBudget::leave(PeerId peer) {
  const std::lock_guard lock(mutex_);
  for (Share* share : {&inbound_, &outbound_}) {
    std::erase_if(share->queue, [&](const Share::Waiting& w) { return w.peer == peer; });
  }
}

}  // namespace freezenet::net
