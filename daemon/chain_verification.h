#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "consensus/chain/chain.h"
#include "net/quiet_log.h"

namespace spdlog {
class logger;
}

namespace freezenet::daemon {

/// Looks at what is stored while the node goes on: over a snapshot of the database, on a thread of its own, so that the
/// chain waits for nothing. One at a time.
///
/// Owned by the node. Ends with stop() or the destructor, at the next block. Memory: a second tree of blocks and a
/// second ledger while it runs; the database's log grows meanwhile.
class ChainVerification {
 public:
  struct Parts {
    std::filesystem::path database;
    NetworkParams params;
    std::function<Chain::Recheck::Replay()> replay;  ///< made when level 4 is asked for; may be empty
    std::shared_ptr<spdlog::logger> log;
  };
  struct Report {
    std::uint64_t blocks = 0;  ///< that were looked at
    std::uint64_t height = 0;  ///< of the newest one
    std::string reason;        ///< what is wrong, and what to do; empty: nothing
  };

  explicit ChainVerification(Parts parts) : parts_(std::move(parts)), log_(parts_.log, net::Limits{}) {}
  ~ChainVerification() {
    stop();
    pool_.join();
  }

  /// `blocks` of 0: all. Completes on the caller's executor. kBusy while another one runs; kCancelled by stop().
  boost::asio::awaitable<Result<Report>> run(unsigned level, std::uint64_t blocks);
  /// What runs ends, and whatever is asked from now on; each caller still has an answer.
  void stop() { stopping_ = true; }

 private:
  Result<Report> verify(unsigned level, std::uint64_t blocks);

  Parts parts_;
  net::QuietLog log_;  // for verdicts: a client asks as often as it likes
  std::atomic<bool> running_ = false, stopping_ = false;
  boost::asio::thread_pool pool_{1};
};

}  // namespace freezenet::daemon
