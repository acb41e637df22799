#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "consensus/chain/assumption.h"
#include "consensus/network_params.h"
#include "daemon/clock.h"

namespace freezenet::daemon {

/// A network as a program knows it: what all nodes agree on, and the ports that its nodes use unless told otherwise.
struct Network {
  NetworkParams params;
  std::uint16_t p2p_port = 0;
  std::uint16_t rpc_port = 0;
  std::optional<Assumption> assumed =
      {};  ///< what its nodes take for valid unless told otherwise; no part of the genesis

  /// The first start chooses the genesis time (localnet): until then there is no genesis hash.
  [[nodiscard]] bool leaves_genesis_time() const { return params.genesis_time == 0; }
};

/// Folders that hold NAME.json: the installed ones, then ./configs, then the configs beside the program in a build or
/// source tree.
std::vector<std::filesystem::path> network_folders();

/// Compiled in, else the first NAME.json of the folders. kConfig: unknown name (with the known ones), or a file that is
/// not a network.
Result<Network> load_network(std::string_view name, std::span<const std::filesystem::path> folders);

/// What a node uses. Fixes the genesis time where the network leaves it open (`genesis_time`, else now) and writes
/// DATADIR/genesis.json at the first start of any network; later it must agree. kConfig: the data folder belongs to
/// another network or genesis; kStorage.
Result<Network> open_network(std::string_view name, std::span<const std::filesystem::path> folders,
                             const std::filesystem::path& datadir, std::optional<std::uint64_t> genesis_time,
                             const Clock& clock);

/// What freezenet-cli uses: the same, but writes nothing; where the node was never started the genesis time stays open.
Result<Network> inspect_network(std::string_view name, std::span<const std::filesystem::path> folders,
                                const std::filesystem::path& datadir);

}  // namespace freezenet::daemon
