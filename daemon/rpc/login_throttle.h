#pragma once

#include <chrono>
#include <map>
#include <string>

#include <boost/asio/ip/address.hpp>

namespace freezenet::daemon {

/// Slows wrong logins down, address by address (an IPv6 network of 64 bits is one). Only wrong ones: whoever has the
/// right secret is let in at once, so that nobody can lock the operator out by guessing. One thread.
class LoginThrottle {
 public:
  using Clock = std::chrono::steady_clock;
  struct Rate {
    std::chrono::milliseconds interval{20};  ///< between two answers
    std::size_t burst = 50;                  ///< answers that need not wait
    std::chrono::milliseconds longest{2'000};
  };
  LoginThrottle() : LoginThrottle(Rate{}) {}
  explicit LoginThrottle(const Rate& rate) : rate_(rate) {}

  /// How long the answer to one more wrong login of this address has to wait; at most `longest`.
  std::chrono::milliseconds wrong_login(const boost::asio::ip::address& from, Clock::time_point now);
  /// Addresses that it remembers: those with a wrong login not long ago, at most kAddresses and one for all others.
  [[nodiscard]] std::size_t remembered() const { return paid_until_.size(); }

  static constexpr std::size_t kAddresses = 1024;

 private:
  Rate rate_;
  std::map<std::string, Clock::time_point> paid_until_;  // the time at which an address owes nothing any more
};

/// What counts as one stranger: an IPv4 address, or an IPv6 network of 64 bits.
std::string stranger_key(const boost::asio::ip::address& address);

}  // namespace freezenet::daemon
