#include "net/peer_manager.h"

#include <cassert>
#include <optional>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>

#include "net/dialler.h"
#include "net/network_group.h"
#include "net/peer.h"

namespace freezenet::net {
namespace {

constexpr Millis kAcceptPause{200};  // after a failed accept: most often no descriptors are left

template <typename T>
Result<> drop_value(const Result<T>& result) {
  if (!result) return tl::unexpected<Reject>(result.error());
  return {};
}

}  // namespace

/// What the coroutines and posted handlers refer to. Posted handlers keep it alive; coroutines are joined by stop().
/// Strand: strand_, for the acceptor, the dialler and the group of tasks.
class PeerManager::Core : public std::enable_shared_from_this<PeerManager::Core> {
 public:
  Core(asio::any_io_executor executor, PeerManagerConfig config, const NodeIdentity& identity, ChainPort& chain,
       std::shared_ptr<spdlog::logger> logger);

  Result<> start();
  Awaitable<> stop();
  void launch(const Dialler::Handle& target);
  template <typename F>
  void on_strand(F action) {
    asio::post(strand_, [self = shared_from_this(), action = std::move(action)]() mutable { action(*self); });
  }

  const asio::any_io_executor executor_, strand_;
  const PeerManagerConfig config_;
  const Hash256 node_id_;
  ChainPort& chain_;
  QuietLog log_;
  PeerRegistry registry_;
  BlockClaims claims_;
  HeaderBudget budget_;
  Result<asio::ssl::context> tls_;
  std::optional<Peer::Shared> shared_;
  TaskGroup tasks_;
  Dialler dialler_;
  tcp::acceptor acceptor_;
  Signal accept_pause_;
  std::uint16_t port_ = 0;
  bool stopping_ = false;
  std::atomic<bool> running_{false};

 private:
  Result<> listen();
  Awaitable<> accept_loop();
  Awaitable<Peer::Outcome> connect(tcp::endpoint endpoint, std::string address);
  Awaitable<Peer::Outcome> live(std::shared_ptr<Peer> peer, std::optional<tcp::endpoint> dial);
  Awaitable<> live_inbound(std::shared_ptr<Peer> peer);
  std::shared_ptr<Peer> make_peer(PeerId id, tcp::socket socket, bool inbound, const asio::ip::address& seen,
                                  std::string address);
};

PeerManager::Core::Core(asio::any_io_executor executor, PeerManagerConfig config, const NodeIdentity& identity,
                        ChainPort& chain, std::shared_ptr<spdlog::logger> logger)
    : executor_(std::move(executor)),
      strand_(asio::make_strand(executor_)),
      config_(std::move(config)),
      node_id_(identity.node_id()),
      chain_(chain),
      log_(std::move(logger), config_.limits),
      registry_(config_.limits, node_id_),
      claims_(config_.limits),
      budget_(config_.limits),
      tls_(make_tls_context(identity)),
      tasks_(strand_,
             [this](const std::exception_ptr& error) {
               try {
                 std::rethrow_exception(error);
               } catch (const std::exception& e) {
                 log_.own().error("a network task ended with an exception: {}", e.what());
               }
             }),
      dialler_(strand_, tasks_, registry_, config_.limits, config_.jitter_seed,
               [this](tcp::endpoint endpoint, std::string address) { return connect(endpoint, std::move(address)); }),
      acceptor_(strand_),
      accept_pause_(strand_) {}

Result<> PeerManager::Core::start() {
  if (!tls_) return tl::unexpected<Reject>(tls_.error());
  std::vector<Dialler::Handle> targets;
  for (const std::string& address : config_.connect) {
    auto target = dialler_.add(address, false);
    if (!target) return tl::unexpected<Reject>(target.error());
    targets.push_back(std::move(*target));
  }
  if (config_.listen) {
    if (auto open = listen(); !open) return open;
  }
  LocalNode local{config_.network,    config_.genesis, config_.engine,
                  config_.user_agent, port_,           kServesModels | kServesModelsByRoot};
  BlockSync::Shared sync{chain_, claims_, budget_, config_.limits, config_.fetch_models, [this](PeerId except) {
                           for (const auto& peer : registry_.all()) {
                             if (peer->id() != except) peer->wake(false);
                           }
                         }};
  shared_.emplace(
      Peer::Shared{config_.limits, *tls_, config_.magic, std::move(local), chain_, registry_, std::move(sync), log_});
  running_ = true;
  on_strand([targets = std::move(targets)](Core& core) {
    if (core.stopping_) return;
    if (core.config_.listen) core.tasks_.spawn(core.accept_loop());
    for (const auto& target : targets) core.dialler_.launch(target);
  });
  return {};
}

Result<> PeerManager::Core::listen() {
  const std::string where = to_string(HostPort{config_.listen_address, config_.port});
  boost::system::error_code error;
  const auto address = asio::ip::make_address(config_.listen_address, error);
  if (error) return reject(RejectCode::kConfig, "cannot listen on " + where + ": this is no IP address");
  const tcp::endpoint endpoint(address, config_.port);
  const auto step = [&](auto&& action) {
    if (!error) action();
  };
  step([&] { acceptor_.open(endpoint.protocol(), error); });
  step([&] { acceptor_.set_option(tcp::acceptor::reuse_address(true), error); });
  step([&] { acceptor_.bind(endpoint, error); });
  step([&] { acceptor_.listen(asio::socket_base::max_listen_connections, error); });
  if (!error) {
    port_ = acceptor_.local_endpoint(error).port();
    if (!error) return {};
  }
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  const std::string why =
      error == asio::error::address_in_use ? "port " + std::to_string(config_.port) + " is in use" : error.message();
  return reject(RejectCode::kConfig, "cannot listen on " + where + ": " + why);
}

Awaitable<> PeerManager::Core::stop() {
  stopping_ = true;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  accept_pause_.notify();
  dialler_.stop();
  for (const auto& peer : registry_.all()) peer->close({RejectCode::kCancelled, "this node stops"});
  co_await tasks_.join();
  running_ = false;
}

void PeerManager::Core::launch(const Dialler::Handle& target) {
  on_strand([target](Core& core) {
    if (!core.stopping_ && core.shared_) core.dialler_.launch(target);
  });
}

Awaitable<> PeerManager::Core::accept_loop() {
  while (!stopping_) {
    tcp::socket socket(asio::make_strand(executor_));
    auto [error] = co_await acceptor_.async_accept(socket, kTuple);
    if (stopping_) co_return;
    boost::system::error_code gone;
    const tcp::endpoint remote = error ? tcp::endpoint() : socket.remote_endpoint(gone);
    if (error) {
      const Clock::time_point until = Clock::now() + kAcceptPause;
      co_await accept_pause_.wait_until(until);
      continue;
    }
    if (gone) continue;
    const std::string address = to_string(HostPort{remote.address().to_string(), remote.port()});
    const auto place = registry_.enter(remote.address(), true, Clock::now());
    if (!place) {
      log_.event("refused " + address + ": " + place.error().message());
      continue;
    }
    tasks_.spawn(live_inbound(make_peer(*place, std::move(socket), true, remote.address(), address)));
  }
}

std::shared_ptr<Peer> PeerManager::Core::make_peer(PeerId id, tcp::socket socket, bool inbound,
                                                   const asio::ip::address& seen, std::string address) {
  auto peer = std::make_shared<Peer>(id, std::move(socket), inbound, network_group(seen), std::move(address), *shared_);
  registry_.set(id, peer);
  return peer;
}

Awaitable<Peer::Outcome> PeerManager::Core::connect(tcp::endpoint endpoint, std::string address) {
  Peer::Outcome refused;
  const auto place = registry_.enter(endpoint.address(), false, Clock::now());
  if (!place) {
    refused.why = place.error();
    co_return refused;
  }
  tcp::socket socket(asio::make_strand(executor_));
  std::shared_ptr<Peer> peer = make_peer(*place, std::move(socket), false, endpoint.address(), std::move(address));
  const std::optional<tcp::endpoint> dial(endpoint);
  const Peer::Outcome outcome = co_await live(std::move(peer), dial);
  co_return outcome;
}

Awaitable<Peer::Outcome> PeerManager::Core::live(std::shared_ptr<Peer> peer, std::optional<tcp::endpoint> dial) {
  Peer::Outcome outcome;
  try {
    outcome = co_await asio::co_spawn(peer->strand(), peer->run(dial), asio::use_awaitable);
  } catch (...) {
    log_.own().error("connection {} ended with an exception", peer->id());
    outcome.why.detail = "internal error";
  }
  registry_.leave(peer->id());
  dialler_.peer_left();
  co_return outcome;
}

Awaitable<> PeerManager::Core::live_inbound(std::shared_ptr<Peer> peer) {
  const std::optional<tcp::endpoint> none;
  co_await live(std::move(peer), none);
}

PeerManager::PeerManager(asio::any_io_executor executor, PeerManagerConfig config, const NodeIdentity& identity,
                         ChainPort& chain, std::shared_ptr<spdlog::logger> logger)
    : core_(std::make_shared<Core>(std::move(executor), std::move(config), identity, chain, std::move(logger))) {}

PeerManager::~PeerManager() { assert(!core_->running_ && "stop() first: coroutines still use the chain"); }

Result<> PeerManager::start() { return core_->start(); }

Awaitable<> PeerManager::stop() {
  const std::shared_ptr<Core> core = core_;
  co_await asio::co_spawn(core->strand_, core->stop(), asio::use_awaitable);
}

void PeerManager::stop_and_wait() { asio::co_spawn(core_->strand_, core_->stop(), asio::use_future).get(); }

void PeerManager::announce(const SealedHeader& header) {
  const auto frame = std::make_shared<const Bytes>(
      encode_frame(core_->config_.magic, MessageType::kAnnounce, encode(Announce{header})));
  for (const auto& peer : core_->registry_.all()) peer->announce(frame);
}

void PeerManager::punish(PeerId peer, const Reject& why) {
  const Blame who = blame(why.code);
  if (who != Blame::kSender && who != Blame::kBlock) return;
  core_->registry_.discourage(peer, Clock::now());
  if (const auto found = core_->registry_.find(peer)) found->close(why);
}

void PeerManager::announce_transaction(const Hash256& id, PeerId origin) {
  for (const auto& peer : core_->registry_.all()) {
    if (peer->id() != origin) peer->tell_transaction(id);
  }
}

void PeerManager::wake() {
  for (const auto& peer : core_->registry_.all()) peer->wake(true);
}

Result<> PeerManager::add_node(const std::string& address) {
  const auto target = core_->dialler_.add(address, false);
  if (target) core_->launch(*target);
  return drop_value(target);
}

Result<> PeerManager::connect_once(const std::string& address) {
  const auto target = core_->dialler_.add(address, true);
  if (target) core_->launch(*target);
  return drop_value(target);
}

Result<> PeerManager::remove_node(const std::string& address) {
  const auto target = core_->dialler_.remove(address);
  if (target) core_->on_strand([handle = *target](Core& core) { core.dialler_.cancel(handle); });
  return drop_value(target);
}

Result<> PeerManager::disconnect(PeerId peer) {
  const auto found = core_->registry_.find(peer);
  if (!found) return reject(RejectCode::kNotFound, "no peer has this number");
  found->close({RejectCode::kDisconnected, "at the operator's request"});
  return {};
}

std::uint16_t PeerManager::listening_port() const { return core_->port_; }
const Hash256& PeerManager::node_id() const { return core_->node_id_; }

std::vector<PeerInfo> PeerManager::peers() const {
  std::vector<PeerInfo> infos;
  for (const auto& peer : core_->registry_.all()) infos.push_back(peer->info());
  return infos;
}

std::vector<DialInfo> PeerManager::dial_targets() const { return core_->dialler_.snapshot(); }
std::vector<RejectInfo> PeerManager::last_rejects() const { return core_->registry_.rejects(); }

}  // namespace freezenet::net
