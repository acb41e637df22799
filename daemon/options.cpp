#include "daemon/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <type_traits>

#include "consensus/base/nearest_name.h"
#include "daemon/assumption_text.h"
#include "daemon/rpc/rpc_auth.h"

namespace freezenet::daemon {

namespace {

constexpr auto kNodeOnly = static_cast<std::uint8_t>(Program::kNode);
constexpr auto kCliOnly = static_cast<std::uint8_t>(Program::kCli);
constexpr auto kBoth = static_cast<std::uint8_t>(kNodeOnly | static_cast<std::uint8_t>(Program::kCli));
constexpr std::size_t kLongestValue = 4096;
constexpr std::size_t kLongestList = 1000;

Result<> check_rpc_auth(std::string_view text) {
  return parse_rpc_user(text).map([](const RpcUser&) {});
}

Result<> check_assumevalid(std::string_view text) {
  return parse_assumption(text).map([](const auto&) {});
}

const std::vector<OptionSpec>& table() {
  // A constant, made at first use: it holds vectors, which cannot be constexpr.
  // clang-format off
  static const std::vector<OptionSpec> rows = {
      {.name = "network", .value = "NAME", .member = &Options::network, .fallback = "localnet", .programs = kBoth,
       .help = "Network to join: regtest, localnet, testnet, or a file NAME.json in a folder of networks."},
      {.name = "datadir", .value = "DIR", .member = &Options::datadir, .programs = kBoth,
       .help = "Folder for everything that this node keeps. Default: ~/.freezenet/NETWORK."},
      {.name = "config", .value = "FILE", .member = &Options::config, .programs = kBoth, .in_file = false,
       .help = "Configuration file. Default: DATADIR/freezenetd.json, where it exists."},
      {.name = "listen", .value = "ADDRESS", .member = &Options::listen, .fallback = "0.0.0.0", .local_fallback = "127.0.0.1",
       .programs = kNodeOnly, .help = "Address on which peers are accepted."},
      {.name = "port", .value = "PORT", .member = &Options::port, .minimum = 0, .maximum = 65535, .programs = kNodeOnly,
       .help = "Port for peers; 0 takes any free one. Default: the network's."},
      {.name = "rpc-bind", .value = "ADDRESS", .member = &Options::rpc_bind, .fallback = "127.0.0.1", .programs = kBoth,
       .help = "Address on which RPC is served. It is not encrypted: keep it on this machine."},
      {.name = "rpc-port", .value = "PORT", .member = &Options::rpc_port, .minimum = 0, .maximum = 65535, .programs = kBoth,
       .help = "Port for RPC; 0 takes any free one. Default: the network's; freezenet-cli finds it in the data folder."},
      {.name = "rpc-auth", .value = "USER:SALT$HASH", .member = &Options::rpc_auth, .programs = kNodeOnly, .secret = true, .check = check_rpc_auth,
       .help = "A user of RPC beside the cookie; `freezenet-cli rpcauth USER` makes the line and the password. May be repeated."},
      {.name = "rpc-connect", .value = "HOST", .member = &Options::rpc_connect, .programs = kCliOnly, .in_file = false,
       .help = "Machine of the node, where it is another one; needs --rpc-user and --rpc-port, and a line that nobody reads: RPC is not encrypted."},
      {.name = "rpc-user", .value = "USER", .member = &Options::rpc_user, .programs = kCliOnly, .in_file = false,
       .help = "Ask as this user (the node's --rpc-auth), not by the cookie in the data folder."},
      {.name = "rpc-password-file", .value = "FILE", .member = &Options::rpc_password_file, .programs = kCliOnly, .in_file = false,
       .help = "File with the user's password, readable by its owner alone. Without it the terminal is asked."},
      {.name = "connect", .value = "HOST:PORT", .member = &Options::connect, .programs = kNodeOnly,
       .help = "Dial this peer and no others than those named so. May be repeated."},
      {.name = "addnode", .value = "HOST:PORT", .member = &Options::addnode, .programs = kNodeOnly,
       .help = "Dial this peer too. May be repeated."},
      {.name = "max-inbound", .value = "N", .member = &Options::max_inbound, .fallback = "64", .minimum = 0, .maximum = 1000,
       .programs = kNodeOnly, .help = "Peers that may connect to this node."},
      {.name = "max-outbound", .value = "N", .member = &Options::max_outbound, .fallback = "8", .minimum = 0, .maximum = 100,
       .programs = kNodeOnly, .help = "Peers that this node dials."},
      {.name = "mine", .member = &Options::mine, .fallback = "off", .local_fallback = "on", .programs = kNodeOnly,
       .help = "Mine from the start."},
      {.name = "mining-threads", .value = "N", .member = &Options::mining_threads, .fallback = "1", .minimum = 1, .maximum = 256,
       .programs = kNodeOnly, .help = "Threads that train one segment."},
      {.name = "mining-nice", .value = "N", .member = &Options::mining_nice, .fallback = "10", .minimum = 0, .maximum = 19,
       .programs = kNodeOnly, .help = "How far mining steps back behind everything else on the machine."},
      {.name = "replay-threads", .value = "N", .member = &Options::replay_threads, .fallback = "1", .minimum = 1, .maximum = 256,
       .programs = kNodeOnly, .help = "Threads that check the work of others."},
      {.name = "datasets", .value = "DIR", .member = &Options::datasets, .programs = kNodeOnly,
       .help = "Folder of the datasets that are not part of this program: DIR/NAME holds NAME's files. Default: DATADIR/datasets."},
      {.name = "miner-key", .value = "FILE", .member = &Options::miner_key, .programs = kNodeOnly,
       .help = "Secret key of the rewards. Default: DATADIR/miner.key, made at the first start."},
      {.name = "wallet", .member = &Options::wallet, .fallback = "on", .programs = kNodeOnly,
       .help = "Keep a wallet: keys for addresses beside the miner's, and what is spent from them."},
      {.name = "wallet-file", .value = "FILE", .member = &Options::wallet_file, .programs = kNodeOnly,
       .help = "The wallet's file. Default: DATADIR/wallet.dat, made at the first start."},
      {.name = "models", .value = "HOW", .member = &Options::models, .fallback = "send", .choices = {"send", "derive"},
       .programs = kNodeOnly, .help = "send: signed models travel with their blocks; derive: replay yields them (thin lines)."},
      {.name = "keep-models", .value = "N", .member = &Options::keep_models, .fallback = "288", .minimum = 32, .maximum = 10'000'000,
       .programs = kNodeOnly, .help = "Keep the models of the newest N blocks, and of every 1000th; others are removed."},
      {.name = "max-mempool", .value = "KIB", .member = &Options::max_mempool, .fallback = "32768", .minimum = 64, .maximum = 4'194'304,
       .programs = kNodeOnly, .help = "Memory for transactions that wait for a block, in KiB; those that pay least go first."},
      {.name = "min-free-space", .value = "MB", .member = &Options::min_free_space, .fallback = "200", .local_fallback = "20", .minimum = 0,
       .maximum = 1'000'000'000, .programs = kNodeOnly,
       .help = "Mining and accepting pause while the disk of the data folder has less than so many MB free, and go on by themselves."},
      {.name = "check-blocks", .value = "N", .member = &Options::check_blocks, .fallback = "288", .minimum = 0, .maximum = 1'000'000'000,
       .programs = kNodeOnly, .help = "Look at the newest N blocks again before the start; 0: at none."},
      {.name = "check-level", .value = "LEVEL", .member = &Options::check_level, .fallback = "3", .minimum = 0, .maximum = 4,
       .programs = kNodeOnly,
       .help = "How: 0 bodies can be read, 1 they have the header's roots, 2 undo can be read, 3 accounts after disconnecting and connecting again, 4 replay."},
      {.name = "assumevalid", .value = "HEIGHT:BLOCK:ROOT", .member = &Options::assumevalid, .programs = kNodeOnly, .check = check_assumevalid,
       .help = "Trust this block and those below it: their training is replayed in the background. `freezenet-cli getassumevalid` of a node that you trust gives the text; off: replay all. Default: the network's."},
      {.name = "reindex", .member = &Options::reindex, .fallback = "off", .programs = kNodeOnly, .in_file = false,
       .help = "Rebuild the database from the blocks in it that are intact, and remove damaged models; then start."},
      {.name = "log-level", .value = "LEVELS", .member = &Options::log_level, .fallback = "info", .programs = kNodeOnly,
       .help = "trace, debug, info, warning, error or off, and single parts behind it: info,net=debug."},
      {.name = "log-file", .value = "FILE", .member = &Options::log_file, .programs = kNodeOnly,
       .help = "Log file. Default: DATADIR/freezenetd.log. SIGHUP opens it anew."},
      {.name = "log-file-size", .value = "MIB", .member = &Options::log_file_size, .fallback = "10", .minimum = 1, .maximum = 4096,
       .programs = kNodeOnly, .help = "The log file turns over at so many MiB."},
      {.name = "log-files", .value = "N", .member = &Options::log_files, .fallback = "5", .minimum = 1, .maximum = 100,
       .programs = kNodeOnly, .help = "Past log files that are kept: freezenetd.1.log is the newest."},
      {.name = "genesis-time", .value = "SECONDS", .member = &Options::genesis_time, .minimum = 1, .maximum = 4'294'967'295,
       .programs = kNodeOnly, .help = "localnet, first start: Unix time of the genesis. Nodes that shall meet need the same. Default: now."},
      {.name = "kernel", .value = "PATH", .member = &Options::kernel, .fallback = "auto",
       .choices = {"auto", "portable", "avx2", "avx512", "neon"}, .programs = kNodeOnly,
       .help = "Instruction set of the arithmetic, for tests and diagnosis: all of them give the same bits. avx2 and avx512 are x86's, neon is ARM's."},
      {.name = "check", .member = &Options::check, .fallback = "off", .programs = kNodeOnly, .in_file = false,
       .help = "Look whether a node could run here (folder, ports, clock, arithmetic), say so, and end."},
  };
  // clang-format on
  return rows;
}

std::string quoted(std::string_view text) {
  std::string shown = "'";
  for (const char c : text.substr(0, 80)) shown.push_back(c >= ' ' && c <= '~' ? c : '?');
  return shown + (text.size() > 80 ? "...'" : "'");
}

tl::unexpected<Reject> bad_value(const OptionSpec& spec, std::string_view text, const std::string& allowed) {
  if (spec.secret) return reject(RejectCode::kConfig, std::string(spec.name) + " cannot be what is given: " + allowed);
  return reject(RejectCode::kConfig, std::string(spec.name) + " cannot be " + quoted(text) + ": " + allowed);
}

Result<std::uint64_t> parse_number(const OptionSpec& spec, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < spec.minimum || number > spec.maximum) {
    return bad_value(spec, text,
                     "a whole number from " + std::to_string(spec.minimum) + " to " + std::to_string(spec.maximum));
  }
  return number;
}

Result<bool> parse_switch(const OptionSpec& spec, std::string_view text) {
  for (const std::string_view yes : {"on", "true", "yes", "1"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"off", "false", "no", "0"}) {
    if (text == no) return false;
  }
  return bad_value(spec, text, "on or off");
}

Result<> check_text(const OptionSpec& spec, std::string_view text) {
  if (text.empty()) return bad_value(spec, text, "it may not be empty");
  if (text.size() > kLongestValue)
    return bad_value(spec, text, "at most " + std::to_string(kLongestValue) + " characters");
  // Also what keeps a NUL out of paths and a line break out of logs.
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; })) {
    return bad_value(spec, text, "no control characters");
  }
  if (spec.choices.empty() || std::find(spec.choices.begin(), spec.choices.end(), text) != spec.choices.end())
    return {};
  std::string allowed = "one of";
  for (const std::string_view choice : spec.choices) allowed += " " + std::string(choice);
  return bad_value(spec, text, allowed + did_you_mean(text, spec.choices));
}

struct Setter {
  Options& options;
  const OptionSpec& spec;
  std::string_view text;

  Result<> operator()(bool Options::*member) const {
    return parse_switch(spec, text).map([&](bool value) { options.*member = value; });
  }
  Result<> operator()(std::uint32_t Options::*member) const {
    return parse_number(spec, text).map([&](std::uint64_t value) {
      options.*member = static_cast<std::uint32_t>(value);
    });
  }
  Result<> operator()(std::optional<std::uint16_t> Options::*member) const {
    return parse_number(spec, text).map([&](std::uint64_t value) {
      options.*member = static_cast<std::uint16_t>(value);
    });
  }
  Result<> operator()(std::optional<std::uint64_t> Options::*member) const {
    return parse_number(spec, text).map([&](std::uint64_t value) { options.*member = value; });
  }
  Result<> operator()(std::string Options::*member) const {
    if (auto ok = check_text(spec, text); !ok) return ok;
    if (spec.check != nullptr) {
      if (auto ok = spec.check(text); !ok) return ok;
    }
    options.*member = std::string(text);
    return {};
  }
  Result<> operator()(std::filesystem::path Options::*member) const {
    return check_text(spec, text).map([&] { options.*member = std::filesystem::path(text); });
  }
  Result<> operator()(std::vector<std::string> Options::*member) const {
    if ((options.*member).size() >= kLongestList) {
      return reject(RejectCode::kConfig,
                    std::string(spec.name) + ": at most " + std::to_string(kLongestList) + " values");
    }
    if (auto ok = check_text(spec, text); !ok) return ok;
    if (spec.check != nullptr) {
      if (auto ok = spec.check(text); !ok) return ok;
    }
    (options.*member).emplace_back(text);
    return {};
  }
};

}  // namespace

bool is_local_network(std::string_view network) { return network == "regtest" || network == "localnet"; }

bool OptionSpec::is_number() const {
  return std::holds_alternative<std::uint32_t Options::*>(member) ||
         std::holds_alternative<std::optional<std::uint16_t> Options::*>(member) ||
         std::holds_alternative<std::optional<std::uint64_t> Options::*>(member);
}

std::span<const OptionSpec> option_table() { return table(); }

const OptionSpec* find_option(std::string_view name) {
  const auto& rows = table();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const OptionSpec& spec) { return spec.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

Result<> set_option(Options& options, const OptionSpec& spec, std::string_view text) {
  return std::visit(Setter{options, spec, text}, spec.member);
}

Options default_options(std::string_view network) {
  Options options;
  for (const OptionSpec& spec : table()) {
    const bool local = is_local_network(network) && !spec.local_fallback.empty();
    const std::string_view text = local ? spec.local_fallback : spec.fallback;
    // A default that its own row refuses is a mistake in the table, which a test looks for.
    if (!text.empty()) (void)set_option(options, spec, text);
  }
  options.network = network;
  return options;
}

Reject unknown_option(std::string_view what, std::string_view name, Program program) {
  std::vector<std::string_view> known;
  for (const OptionSpec& spec : table()) {
    if (spec.is_for(program)) known.push_back(spec.name);
  }
  const std::string_view dashes = what.ends_with("--") ? "--" : "";
  if (!dashes.empty()) known.insert(known.end(), {"help", "version"});
  if (!dashes.empty() && program == Program::kNode) known.push_back("print-config");
  const std::string shown = quoted(name);
  return Reject{RejectCode::kConfig,
                "unknown " + std::string(what) + shown.substr(1, shown.size() - 2) + did_you_mean(name, known, dashes)};
}

}  // namespace freezenet::daemon
