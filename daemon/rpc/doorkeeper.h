#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include <boost/asio/ip/address.hpp>
#include <spdlog/logger.h>

#include "daemon/rpc/login_throttle.h"
#include "net/quiet_log.h"

namespace freezenet::daemon {

/// A connection as the doorkeeper sees it.
class Guest {
 public:
  virtual ~Guest() = default;
  /// Ends the connection: it leave()s soon. Called once.
  virtual void turn_out() = 0;
  /// No call of it is at work.
  [[nodiscard]] virtual bool idle() const = 0;
};

/// Who has a connection. Strangers, who have not shown a secret yet, have places of their own, so that they keep nobody
/// out who has one; and a stranger never waits for another: the newest takes the place of the oldest, first among those
/// of its own address, then among those of the address that has most. Wrong logins are slowed down and written to the
/// log at a bounded rate. RPC thread only.
class Doorkeeper {
 public:
  struct Places {
    std::size_t known = 32;  ///< connections that showed a secret
    std::size_t strangers = 128;
    std::size_t one_address = 64;  ///< strangers of one address
  };
  /// `log` may be null: then nothing is written.
  Doorkeeper(const Places& places, std::shared_ptr<spdlog::logger> log);

  /// A new connection, a stranger. Always has a place; somebody else may lose one.
  void enter(Guest& guest, const boost::asio::ip::address& from);
  /// It showed a secret. False: all places are taken by calls at work, ask again later; an idle one gives way before
  /// that. True for whoever has such a place.
  bool recognise(Guest& guest);
  void leave(Guest& guest);

  /// How long the answer to this guest's wrong secret has to wait.
  std::chrono::milliseconds wrong_login(Guest& guest);

  /// A line for the log of what a client did, at the rate that all of them share.
  void tell(const std::string& line);

  void turn_everybody_out();
  [[nodiscard]] std::size_t known() const { return count(false); }
  [[nodiscard]] std::size_t strangers() const { return count(true); }
  [[nodiscard]] std::uint64_t wrong_logins() const { return wrong_logins_; }
  [[nodiscard]] std::uint64_t turned_out() const { return turned_out_; }

 private:
  struct Entry {
    Guest* guest = nullptr;
    boost::asio::ip::address from;
    std::string key;
    bool stranger = true;
    bool leaving = false;
  };
  using Entries = std::list<Entry>;  // oldest first; one that showed a secret stands where it did so last
  Entries::iterator find(const Guest& guest);
  void turn_out(Entry& entry);
  [[nodiscard]] std::size_t count(bool strangers) const;
  [[nodiscard]] std::size_t count_of(const std::string& key) const;
  /// The oldest stranger of the address; of the address with most strangers for an empty key.
  Entry* oldest_stranger(std::string key);

  const Places places_;
  Entries entries_;
  LoginThrottle throttle_;
  std::unique_ptr<net::QuietLog> log_;
  std::uint64_t wrong_logins_ = 0, turned_out_ = 0;
};

}  // namespace freezenet::daemon
