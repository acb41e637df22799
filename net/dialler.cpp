#include "net/dialler.h"

#include <iterator>

namespace freezenet::net {

/// Strand: the manager's; the report is under the dialler's lock.
class Dialler::Target {
 public:
  Target(HostPort where, bool dial_once, const asio::any_io_executor& strand)
      : address(std::move(where)), once(dial_once), wake(strand) {}

  const HostPort address;
  const bool once;
  Signal wake;
  bool removed = false;
  Hash256 node_id;  // who answered there last
  std::string last_error;
  std::uint32_t failures = 0;
};

Dialler::Dialler(const asio::any_io_executor& strand, TaskGroup& tasks, PeerRegistry& registry, const Limits& limits,
                 std::uint64_t seed, Connect connect)
    : strand_(strand),
      tasks_(tasks),
      registry_(registry),
      limits_(limits),
      connect_(std::move(connect)),
      random_(seed),
      resolver_(strand) {}

Dialler::~Dialler() = default;

tcp::endpoint endpoint_in_turn(const tcp::resolver::results_type& found, std::uint32_t failures) {
  return std::next(found.begin(), static_cast<std::ptrdiff_t>(failures % found.size()))->endpoint();
}

Result<Dialler::Handle> Dialler::add(const std::string& address, bool once) {
  const auto parsed = parse_address(address);
  if (!parsed) return tl::unexpected<Reject>(parsed.error());
  const std::lock_guard lock(mutex_);
  if (targets_.size() >= limits_.max_dial_targets)
    return reject(RejectCode::kTooManyPeers, "too many addresses to dial");
  const auto [place, fresh] = targets_.try_emplace(to_string(*parsed));
  if (!fresh) return reject(RejectCode::kDuplicate, to_string(*parsed) + " is dialled already");
  place->second = std::make_shared<Target>(*parsed, once, strand_);
  return place->second;
}

Result<Dialler::Handle> Dialler::remove(const std::string& address) {
  const auto parsed = parse_address(address);
  if (!parsed) return tl::unexpected<Reject>(parsed.error());
  const std::lock_guard lock(mutex_);
  const auto found = targets_.find(to_string(*parsed));
  if (found == targets_.end()) return reject(RejectCode::kNotFound, to_string(*parsed) + " is not dialled");
  Handle target = std::move(found->second);
  targets_.erase(found);
  return target;
}

std::vector<DialInfo> Dialler::snapshot() const {
  const std::lock_guard lock(mutex_);
  std::vector<DialInfo> infos;
  for (const auto& [address, target] : targets_) {
    infos.push_back({address, registry_.connected(target->node_id), target->last_error, target->failures});
  }
  return infos;
}

void Dialler::launch(const Handle& target) {
  if (active(*target)) tasks_.spawn(run(target));
}

void Dialler::cancel(const Handle& target) {
  target->removed = true;
  target->wake.notify();
}

void Dialler::peer_left() {
  for (const Handle& target : all()) target->wake.notify();
}

void Dialler::stop() {
  stopped_ = true;
  resolver_.cancel();
  for (const Handle& target : all()) target->wake.notify();
}

Awaitable<> Dialler::run(Handle target) {
  Backoff backoff(limits_.backoff_first, limits_.backoff_max);
  while (active(*target)) {
    const Peer::Outcome outcome = co_await attempt(target);
    {
      const std::lock_guard lock(mutex_);
      if (!outcome.node_id.is_zero()) target->node_id = outcome.node_id;
      target->last_error = outcome.why.message();
      target->failures = outcome.ready ? 0 : target->failures + 1;
    }
    if (target->once || outcome.why.code == RejectCode::kSelfConnection) break;
    if (outcome.ready) backoff.reset();
    const double random = std::uniform_real_distribution<double>(0, 1)(random_);
    co_await pause(target, backoff.after_failure(random));
    co_await while_connected(target);
  }
  if (target->once) {
    const std::lock_guard lock(mutex_);
    // The name may have been removed and entered again in the meantime.
    const auto found = targets_.find(to_string(target->address));
    if (found != targets_.end() && found->second == target) targets_.erase(found);
  }
}

Awaitable<Peer::Outcome> Dialler::attempt(Handle target) {
  Peer::Outcome outcome;
  const Result<tcp::endpoint> endpoint = co_await resolve(target->address, target->failures);
  if (!endpoint) {
    outcome.why = endpoint.error();
  } else if (active(*target)) {
    outcome = co_await connect_(*endpoint, to_string(target->address));
  }
  co_return outcome;
}

Awaitable<Result<tcp::endpoint>> Dialler::resolve(HostPort address, std::uint32_t failures) {
  boost::system::error_code no_number;
  const auto number = asio::ip::make_address(address.host, no_number);
  if (!no_number) co_return tcp::endpoint(number, address.port);
  auto [error, found] = co_await resolver_.async_resolve(address.host, std::to_string(address.port), kTuple);
  if (error || found.empty()) co_return reject(RejectCode::kDisconnected, "no address for " + address.host);
  co_return endpoint_in_turn(found, failures);
}

Awaitable<> Dialler::pause(Handle target, Millis time) {
  const Clock::time_point until = Clock::now() + time;
  while (active(*target) && Clock::now() < until) co_await target->wake.wait_until(until);
}

Awaitable<> Dialler::while_connected(Handle target) {
  while (active(*target)) {
    const bool discouraged = registry_.discouraged(target->node_id, Clock::now());
    if (!discouraged && !registry_.connected(target->node_id)) co_return;
    co_await target->wake.wait_until(Clock::now() + limits_.backoff_max);
  }
}

bool Dialler::active(const Target& target) const { return !stopped_ && !target.removed; }

std::vector<Dialler::Handle> Dialler::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Handle> handles;
  for (const auto& [address, target] : targets_) handles.push_back(target);
  return handles;
}

}  // namespace freezenet::net
