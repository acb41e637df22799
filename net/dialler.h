#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>

#include "net/address_book.h"
#include "net/peer.h"

namespace freezenet::net {

/// A host name may have several addresses of which some lead nowhere: each failure moves on to the next one. `found` is
/// not empty.
tcp::endpoint endpoint_in_turn(const tcp::resolver::results_type& found, std::uint32_t failures);

/// Keeps the configured and added addresses connected: one coroutine for each, which dials, lives through the
/// connection, and waits longer after each failure. An address that leads to this node itself is not dialled again; one
/// whose node is connected already waits until it is not.
///
/// Owner: PeerManager. Strand: the manager's, but for what is marked. Stops by stop(); the manager joins the group. A
/// host name whose look-up is under way delays that until the system's resolver gives up; IP addresses are not looked
/// up. Memory: max_dial_targets addresses.
class Dialler {
 public:
  /// Lives through one connection to the endpoint.
  using Connect = std::function<Awaitable<Peer::Outcome>(tcp::endpoint, std::string)>;
  class Target;
  using Handle = std::shared_ptr<Target>;

  Dialler(const asio::any_io_executor& strand, TaskGroup& tasks, PeerRegistry& registry, const Limits& limits,
          std::uint64_t seed, Connect connect);
  ~Dialler();

  /// Any thread: enters the address; give the handle to launch(). kConfig, kDuplicate, kTooManyPeers.
  Result<Handle> add(const std::string& address, bool once);
  /// Any thread: takes the address from the list; give the handle to cancel(). kNotFound.
  Result<Handle> remove(const std::string& address);
  /// Any thread.
  [[nodiscard]] std::vector<DialInfo> snapshot() const;

  void launch(const Handle& target);
  void cancel(const Handle& target);
  /// A peer left: whoever waits because that node was connected looks again.
  void peer_left();
  void stop();

 private:
  Awaitable<> run(Handle target);
  Awaitable<Peer::Outcome> attempt(Handle target);
  Awaitable<Result<tcp::endpoint>> resolve(HostPort address, std::uint32_t failures);
  Awaitable<> pause(Handle target, Millis time);
  Awaitable<> while_connected(Handle target);
  [[nodiscard]] bool active(const Target& target) const;
  [[nodiscard]] std::vector<Handle> all() const;

  const asio::any_io_executor strand_;
  TaskGroup& tasks_;
  PeerRegistry& registry_;
  const Limits& limits_;
  const Connect connect_;
  std::mt19937_64 random_;
  tcp::resolver resolver_;
  bool stopped_ = false;

  mutable std::mutex mutex_;
  std::map<std::string, Handle> targets_;
};

}  // namespace freezenet::net
