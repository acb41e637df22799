#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config.h"
#include "daemon/rpc_access.h"

namespace freezenet::worker {

/// What freezenet-miner was started with.
struct WorkerOptions {
  enum class Action : std::uint8_t { kRun, kHelp, kVersion };
  Action action = Action::kRun;
  std::string help;  ///< the text, for kHelp
  std::string network = "localnet";
  std::filesystem::path datadir;   ///< of the node; ~/.freezenet/NETWORK where nothing is said
  std::filesystem::path datasets;  ///< empty: DATADIR/datasets
  std::string connect;             ///< HOST or HOST:PORT; empty: as the data folder says
  std::filesystem::path cookie_file;
  std::string user;
  std::filesystem::path password_file;
  std::filesystem::path miner_key;  ///< empty: the node's key, and the node signs
  unsigned threads = 1;
  unsigned nice = 10;
  std::string kernel = "auto";
  std::uint64_t blocks = 0;  ///< ends after so many accepted ones; 0: never
  unsigned status_seconds = 60;
};

/// kConfig: one line that says which option is wrong, and what is allowed.
Result<WorkerOptions> parse_worker_options(std::vector<std::string> arguments, const daemon::Environment& environment);

/// Where the node answers and with what right, read anew at each call: a node that was started again has another cookie
/// and perhaps another port. The files' rejects; kConfig for an address that is none. `port`: the network's.
Result<daemon::RpcAccess> node_access(const WorkerOptions& options, std::uint16_t port);

}  // namespace freezenet::worker
