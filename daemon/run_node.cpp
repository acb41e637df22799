#include "daemon/run_node.h"

#include <functional>
#include <iostream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <signal.h>

namespace freezenet::daemon {

int report_failure(const Reject& why) {
  std::cerr << "freezenetd: " << (why.detail.empty() ? why.message() : why.detail) << "\n";
  return 1;
}

int run_node(const Options& options, const Machine& machine) {
  // A peer or client that goes away must be an error of one write, not the end of the process.
  ::signal(SIGPIPE, SIG_IGN);
  boost::asio::io_context io;
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  boost::asio::signal_set hangup(io, SIGHUP);  // caught from here on: the default would end the process
  auto keep = boost::asio::make_work_guard(io);
  const auto finish = [&] {
    boost::asio::post(io, [&] {
      signals.cancel();
      hangup.cancel();
      keep.reset();
    });
  };
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) finish();
  });
  auto node = Node::start(options, finish, machine);
  if (!node) return report_failure(node.error());
  const std::function<void()> reopen_at_hangup = [&] {
    hangup.async_wait([&](const boost::system::error_code& error, int) {
      if (error) return;
      (*node)->reopen_log();
      reopen_at_hangup();
    });
  };
  reopen_at_hangup();
  io.run();
  (*node)->stop();
  return (*node)->failed() ? 1 : 0;
}

}  // namespace freezenet::daemon
