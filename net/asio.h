#pragma once

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace freezenet::net {

namespace asio = boost::asio;
using asio::ip::tcp;

template <typename T = void>
using Awaitable = asio::awaitable<T>;

/// Failures of the system are values here too: every operation yields a tuple that starts with its error code.
inline constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

/// Only differences of time matter in this room; the wall clock appears in reports alone.
using Clock = std::chrono::steady_clock;
using Millis = std::chrono::milliseconds;

}  // namespace freezenet::net
