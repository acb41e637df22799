#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "consensus/base/result.h"

namespace freezenet::daemon {

enum class Program : std::uint8_t { kNode = 1, kCli = 2 };

/// Everything that an operator can set, as plain values. Filled by parse_command_line() (config.h); the table below is
/// the only place that knows names, defaults and limits.
struct Options {
  std::string network;                ///< "localnet" where nothing is said
  std::filesystem::path datadir;      ///< absolute; ~/.freezenet/NETWORK where nothing is said
  std::filesystem::path config;       ///< the file that was read, or would have been; absolute
  std::string listen;                 ///< address to accept peers on: 127.0.0.1 on local networks, else 0.0.0.0
  std::optional<std::uint16_t> port;  ///< unset: Network::p2p_port; 0: any free one
  std::string rpc_bind;
  std::optional<std::uint16_t> rpc_port;    ///< unset: Network::rpc_port; 0: any free one
  std::vector<std::string> rpc_auth;        ///< USER:SALT$HASH, see rpc_auth.h
  std::string rpc_connect;                  ///< freezenet-cli: another machine; empty: this one
  std::string rpc_user;                     ///< freezenet-cli: instead of the cookie
  std::filesystem::path rpc_password_file;  ///< freezenet-cli: of rpc_user; empty: asked for
  std::vector<std::string> connect;         ///< HOST:PORT; where there is one, no other peer is dialled
  std::vector<std::string> addnode;         ///< HOST:PORT, dialled beside the others
  std::uint32_t max_inbound = 0;
  std::uint32_t max_outbound = 0;
  bool mine = false;  ///< on by default on local networks
  std::uint32_t mining_threads = 0;
  std::uint32_t mining_nice = 0;  ///< 0..19
  std::uint32_t replay_threads = 0;
  std::filesystem::path datasets;     ///< empty: DataPaths::datasets()
  std::filesystem::path miner_key;    ///< empty: DataPaths::miner_key()
  bool wallet = true;                 ///< off: this node keeps no keys but the miner's
  std::filesystem::path wallet_file;  ///< empty: DataPaths::wallet()
  std::string models;                 ///< "send" or "derive"
  std::uint32_t keep_models = 0;      ///< newest blocks whose models stay on disk
  std::uint32_t max_mempool = 0;      ///< KiB of memory for transactions that wait
  std::uint32_t min_free_space = 0;   ///< MB (10^6 bytes) below which nothing is mined or accepted
  std::uint32_t check_blocks = 0;     ///< newest blocks that are looked at before the start
  std::uint32_t check_level = 0;      ///< 0..4: see Chain::Recheck
  bool reindex = false;
  std::string log_level;                      ///< see logging.h: "info" or "info,net=debug"
  std::filesystem::path log_file;             ///< empty: DataPaths::log_file()
  std::uint32_t log_file_size = 0;            ///< MiB at which the log file turns over
  std::uint32_t log_files = 0;                ///< past log files that are kept
  std::optional<std::uint64_t> genesis_time;  ///< Unix seconds; only where the network leaves it to the first start
  std::string kernel;                         ///< "auto", "portable", "avx2", "avx512" or "neon"
  std::string assumevalid;                    ///< assumption_text.h; empty: the network's
  bool check = false;
};

/// Networks that live on one machine or in one test: they listen on loopback and mine unless told otherwise.
bool is_local_network(std::string_view network);

/// One row of the table. Command line, configuration file, --help and sample file are made from it.
struct OptionSpec {
  using Member = std::variant<bool Options::*, std::uint32_t Options::*, std::optional<std::uint16_t> Options::*,
                              std::optional<std::uint64_t> Options::*, std::string Options::*,
                              std::filesystem::path Options::*, std::vector<std::string> Options::*>;
  std::string_view name = {};   ///< also the key in the configuration file
  std::string_view value = {};  ///< what --help calls the value; empty for a switch
  Member member = {};
  std::string_view fallback = {};                 ///< default as text; empty: unset
  std::string_view local_fallback = {};           ///< default on local networks, where it is another
  std::uint64_t minimum = 0, maximum = 0;         ///< of integers
  std::vector<std::string_view> choices = {};     ///< of texts; empty: any
  std::uint8_t programs = 0;                      ///< bits of Program
  bool in_file = true;                            ///< may stand in the configuration file
  bool secret = false;                            ///< its value goes into no report, log or error
  Result<> (*check)(std::string_view) = nullptr;  ///< of texts: what the row itself cannot say
  std::string_view help = {};

  [[nodiscard]] bool is_for(Program program) const { return (programs & static_cast<std::uint8_t>(program)) != 0; }
  [[nodiscard]] bool is_switch() const { return std::holds_alternative<bool Options::*>(member); }
  [[nodiscard]] bool is_list() const { return std::holds_alternative<std::vector<std::string> Options::*>(member); }
  [[nodiscard]] bool is_number() const;
};

std::span<const OptionSpec> option_table();
/// nullptr for an unknown name.
const OptionSpec* find_option(std::string_view name);

/// Checks the text against the row and stores it; a list gets one element more. kConfig names option, text and what is
/// allowed.
Result<> set_option(Options& options, const OptionSpec& spec, std::string_view text);
/// Every option as if nothing had been said for this network; datadir and config stay empty.
Options default_options(std::string_view network);

/// "unknown option --min-port; did you mean --mining-nice?" as kConfig; `what` is "option --" or "key " and stands
/// before the name.
Reject unknown_option(std::string_view what, std::string_view name, Program program);

/// The whole of --help.
std::string help_text(Program program);
/// A configuration file that sets every option to its default, with a comment for each.
std::string sample_config();

}  // namespace freezenet::daemon
