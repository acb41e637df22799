#include "daemon/network_file.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "consensus/base/hex.h"
#include "consensus/base/nearest_name.h"
#include "consensus/crypto/sha256.h"
#include "daemon/data_dir.h"
#include "daemon/durable_file.h"
#include "daemon/json_fields.h"
#include "daemon/network_json.h"
#include "daemon/strict_json.h"

namespace freezenet::daemon {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxNetworkFile = 16 << 20;
constexpr std::uint64_t kMaxGenesisFile = 4096;
constexpr std::array<std::string_view, 2> kCompiledIn = {"localnet", "regtest"};

bool is_network_name(std::string_view name) {
  // The name becomes part of a path: nothing of it may lead elsewhere.
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 16 && std::all_of(name.begin(), name.end(), allowed);
}

std::vector<std::string> known_networks(std::span<const fs::path> folders) {
  std::vector<std::string> names(kCompiledIn.begin(), kCompiledIn.end());
  for (const fs::path& folder : folders) {
    std::error_code ignored;
    for (fs::directory_iterator at(folder, ignored), end; at != end; at.increment(ignored)) {
      const std::string stem = at->path().stem().string();
      if (at->path().extension() == ".json" && is_network_name(stem)) names.push_back(stem);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Reject unknown_network(std::string_view name, std::span<const fs::path> folders) {
  const std::vector<std::string> names = known_networks(folders);
  const std::vector<std::string_view> views(names.begin(), names.end());
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  return Reject{RejectCode::kConfig, "there is no network '" + std::string(name.substr(0, 32)) + "'" +
                                         did_you_mean(name, views) + " (known: " + list + ")"};
}

Result<Network> read_network_file(const fs::path& file, std::string_view name) {
  const auto text = read_text_file(file, kMaxNetworkFile);
  if (!text) return tl::unexpected(text.error());
  auto network = network_from_json(*text);
  if (!network) return reject(RejectCode::kConfig, file.string() + ": " + network.error().detail);
  if (network->params.name != name) {
    return reject(RejectCode::kConfig,
                  file.string() + " describes the network '" + network->params.name + "': rename one of the two");
  }
  return network;
}

// --- DATADIR/genesis.json ---

struct Genesis {
  std::string network;
  std::uint64_t time = 0;
  Hash256 hash;
};

/// What tells a file that a disk changed from one of another network.
Hash256 checksum_of(const Genesis& genesis) {
  const std::string text = genesis.network + ' ' + std::to_string(genesis.time) + ' ' + to_hex(genesis.hash);
  return tagged_hash("FreezeNet/genesis-file", as_bytes(text.c_str()));
}

Result<Genesis> read_genesis(const fs::path& file) {
  const auto text = read_text_file(file, kMaxGenesisFile);
  if (!text) return tl::unexpected(text.error());
  const auto json = parse_strict_json(*text);
  JsonProblem problem;
  Genesis genesis;
  if (json) {
    JsonFields in(*json, "", problem);
    genesis.network = in.text("network", 64);
    genesis.time = in.integer<std::uint64_t>("genesis_time", 1);
    genesis.hash = in.hash("genesis_hash");
    // Folders of the first version have none.
    if (in.value_if_any("checksum") != nullptr && in.hash("checksum") != checksum_of(genesis)) {
      in.report("checksum", "is not that of the rest");
    }
    in.finish();
  }
  const auto read = json ? problem.status() : Result<>(tl::unexpected(json.error()));
  if (read) return genesis;
  return reject(RejectCode::kStorage,
                file.string() + " is damaged (" + read.error().detail +
                    "); restore it from another copy, or remove it: the next start writes it anew. On "
                    "localnet that start needs the --genesis-time of the nodes it shall meet");
}

Result<> write_genesis(const fs::path& file, const Network& network) {
  const Genesis genesis{network.params.name, network.params.genesis_time, network.params.genesis_hash()};
  nlohmann::ordered_json json;
  json["network"] = genesis.network;
  json["genesis_time"] = genesis.time;
  json["genesis_hash"] = to_hex(genesis.hash);
  json["checksum"] = to_hex(checksum_of(genesis));
  return write_durably(file, json.dump(2) + "\n", 0644);
}

/// Takes over what the folder says and sees that it is the same network.
Result<> agree(Network& network, const Genesis& genesis, const fs::path& datadir) {
  if (genesis.network != network.params.name) {
    return reject(RejectCode::kConfig, "the data folder " + datadir.string() + " belongs to the network " +
                                           genesis.network + ", not to " + network.params.name + "; say --network " +
                                           genesis.network + " or another --datadir");
  }
  if (network.leaves_genesis_time()) network.params.genesis_time = genesis.time;
  if (network.params.genesis_hash() == genesis.hash) return {};
  return reject(RejectCode::kConfig,
                "the data folder " + datadir.string() + " belongs to a network " + genesis.network +
                    " with other parameters (another version of FreezeNet, or a changed network file); use another "
                    "--datadir");
}

Result<> choose_genesis_time(Network& network, std::optional<std::uint64_t> wanted, std::uint64_t now) {
  if (wanted && *wanted > now + max_seconds_ahead(network.params)) {
    return reject(RejectCode::kConfig, "genesis-time " + std::to_string(*wanted) + " lies in the future (it is " +
                                           std::to_string(now) + ")");
  }
  network.params.genesis_time = wanted.value_or(now);
  if (auto checked = check_params(network.params); !checked)
    return reject(RejectCode::kConfig, checked.error().message());
  return {};
}

}  // namespace

std::vector<fs::path> network_folders() {
  std::vector<fs::path> folders = {FREEZENET_NETWORKS_DIR};
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  // A package that was unpacked elsewhere than where it was built for.
  if (!program.empty()) folders.push_back((program / "../share/freezenet/networks").lexically_normal());
  folders.emplace_back("configs");
  // build/PRESET/bin in a source tree.
  if (!program.empty()) folders.push_back((program / "../../../configs").lexically_normal());
  return folders;
}

Result<Network> load_network(std::string_view name, std::span<const fs::path> folders) {
  if (!is_network_name(name)) return tl::unexpected(unknown_network(name, folders));
  if (name == "regtest") return Network{regtest_params(), 19743, 19742};
  if (name == "localnet") return Network{localnet_params(), 19733, 19732};
  for (const fs::path& folder : folders) {
    auto network = read_network_file(folder / (std::string(name) + ".json"), name);
    if (network || network.error().code != RejectCode::kNotFound) return network;
  }
  return tl::unexpected(unknown_network(name, folders));
}

Result<Network> inspect_network(std::string_view name, std::span<const fs::path> folders, const fs::path& datadir) {
  auto network = load_network(name, folders);
  if (!network) return network;
  const auto genesis = read_genesis(DataPaths(datadir).genesis());
  if (!genesis && genesis.error().code == RejectCode::kNotFound) return network;
  if (!genesis) return tl::unexpected(genesis.error());
  if (auto agreed = agree(*network, *genesis, datadir); !agreed) return tl::unexpected(agreed.error());
  return network;
}

Result<Network> open_network(std::string_view name, std::span<const fs::path> folders, const fs::path& datadir,
                             std::optional<std::uint64_t> genesis_time, const Clock& clock) {
  auto network = load_network(name, folders);
  if (!network) return network;
  if (genesis_time && !network->leaves_genesis_time()) {
    return reject(RejectCode::kConfig,
                  "genesis-time: the network " + std::string(name) + " has a fixed one; leave the option out");
  }
  const fs::path file = DataPaths(datadir).genesis();
  const auto genesis = read_genesis(file);
  if (genesis) {
    if (auto agreed = agree(*network, *genesis, datadir); !agreed) return tl::unexpected(agreed.error());
    if (!genesis_time || *genesis_time == genesis->time) return network;
    return reject(RejectCode::kConfig, "genesis-time " + std::to_string(*genesis_time) + ": the data folder " +
                                           datadir.string() + " was started with " + std::to_string(genesis->time) +
                                           "; leave the option out, or use another --datadir");
  }
  if (genesis.error().code != RejectCode::kNotFound) return tl::unexpected(genesis.error());
  if (network->leaves_genesis_time()) {
    if (auto chosen = choose_genesis_time(*network, genesis_time, clock.unix_seconds()); !chosen)
      return tl::unexpected(chosen.error());
  }
  if (auto written = write_genesis(file, *network); !written) return tl::unexpected(written.error());
  return network;
}

}  // namespace freezenet::daemon
