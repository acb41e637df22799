#include "daemon/worker/worker_options.h"

#include <algorithm>
#include <charconv>

#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include "daemon/data_dir.h"

namespace freezenet::worker {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostSecretBytes = 1024;

constexpr const char* kDescription =
    "Trains blocks for a FreezeNet node: fetches candidates over RPC, trains, and hands back what wins. The node\n"
    "replays it, signs it with its own key unless --miner-key is given, and the reward is that key's.";
constexpr const char* kFooter =
    "On the node's machine --network (and --datadir) are enough. On another one, over a line that nobody else reads:\n"
    "  freezenet-miner --network testnet --rpc-connect 10.0.0.2 --rpc-cookie-file cookie\n"
    "Exit status: 0 stopped or --blocks reached, 1 failed, 2 wrong arguments. docs/operating.md has the rest.";

/// A secret in a file: its first line.
Result<std::string> read_secret(const fs::path& file, const char* what) {
  auto text = daemon::read_text_file(file, kMostSecretBytes);
  if (!text && text.error().code == RejectCode::kNotFound) {
    return reject(RejectCode::kNotFound, std::string("there is no ") + what + " " + file.string());
  }
  if (!text) return text;
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & 07) != 0) {
    return reject(RejectCode::kConfig,
                  std::string("the ") + what + " " + file.string() + " can be read by everybody; chmod 600 it");
  }
  text->erase(std::min(text->find_first_of("\r\n"), text->size()));
  if (!text->empty()) return text;
  return reject(RejectCode::kConfig, std::string("the ") + what + " " + file.string() + " is empty");
}

Result<std::string> credentials(const WorkerOptions& options) {
  if (!options.user.empty()) {
    return read_secret(options.password_file, "password file").map([&](const std::string& password) {
      return options.user + ":" + password;
    });
  }
  const fs::path cookie =
      options.cookie_file.empty() ? daemon::DataPaths(options.datadir).cookie() : options.cookie_file;
  return read_secret(cookie, "cookie file");
}

tl::unexpected<Reject> bad_address(const std::string& text) {
  return reject(RejectCode::kConfig,
                "rpc-connect cannot be '" + text.substr(0, 80) + "': HOST, HOST:PORT, or [ADDRESS]:PORT for IPv6");
}

/// "HOST", "HOST:PORT", "[ADDRESS]" or "[ADDRESS]:PORT".
Result<> set_address(daemon::RpcAccess& access, const std::string& text) {
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : std::string::npos;
  if (text.starts_with('[') && bracket == std::string::npos) return bad_address(text);
  const std::size_t colon = text.find(':', bracket == std::string::npos ? 0 : bracket);
  access.host = bracket == std::string::npos ? text.substr(0, colon) : text.substr(1, bracket - 1);
  const auto plain = [](char c) { return c > ' ' && c <= '~' && c != '/' && c != '@' && c != '['; };
  if (access.host.empty() || access.host.size() > 255 || !std::ranges::all_of(access.host, plain)) {
    return bad_address(text);
  }
  if (bracket != std::string::npos && bracket + 1 != (colon == std::string::npos ? text.size() : colon)) {
    return bad_address(text);
  }
  if (colon == std::string::npos) return {};
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, access.port);
  if (parsed.ec != std::errc() || parsed.ptr != end || access.port == 0) return bad_address(text);
  return {};
}

Result<> check(const WorkerOptions& options) {
  if (options.user.empty() != options.password_file.empty()) {
    return reject(RejectCode::kConfig, "rpc-user and rpc-password-file belong together");
  }
  if (options.user.find(':') != std::string::npos) return reject(RejectCode::kConfig, "rpc-user may not contain ':'");
  if (!options.user.empty() && !options.cookie_file.empty()) {
    return reject(RejectCode::kConfig, "say either rpc-cookie-file or rpc-user");
  }
  daemon::RpcAccess ignored;
  return options.connect.empty() ? Result<>{} : set_address(ignored, options.connect);
}

}  // namespace

Result<WorkerOptions> parse_worker_options(std::vector<std::string> arguments, const daemon::Environment& environment) {
  WorkerOptions o;
  CLI::App app(kDescription, "freezenet-miner");
  bool version = false, once = false;
  app.set_help_flag("--help,-h", "This text");
  app.add_flag("--version", version, "Say which version this is, and end");
  app.add_option("--network", o.network, "Network of the node")->capture_default_str();
  app.add_option("--datadir", o.datadir, "Data folder of the node on this machine. Default: ~/.freezenet/NETWORK");
  app.add_option("--rpc-connect", o.connect, "HOST[:PORT] of the node. Default: as its data folder says");
  app.add_option("--rpc-cookie-file", o.cookie_file, "The node's cookie. Default: DATADIR/.cookie");
  app.add_option("--rpc-user", o.user, "User of the node's RPC, in place of the cookie");
  app.add_option("--rpc-password-file", o.password_file, "File with that user's password");
  app.add_option("--datasets", o.datasets,
                 "Folder of datasets that are no part of this program. Default: DATADIR/datasets");
  app.add_option("--miner-key", o.miner_key, "File of the key that rewards go to. Default: the node's key");
  app.add_option("--threads", o.threads, "Threads that train one segment")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--nice", o.nice, "How far training steps back behind everything else on the machine")
      ->check(CLI::Range(0, 19))
      ->capture_default_str();
  app.add_option("--kernel", o.kernel, "Instruction set: auto, portable, avx2, avx512 or neon; all give the same bits")
      ->capture_default_str();
  app.add_option("--blocks", o.blocks, "End after so many accepted blocks. Default: go on")
      ->check(CLI::Range(0, 1'000'000'000));
  app.add_flag("--once", once, "The same as --blocks 1");
  app.add_option("--status-seconds", o.status_seconds, "Seconds between two lines of status; 0: none")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  app.footer(kFooter);
  std::ranges::reverse(arguments);  // CLI11 takes a list back to front
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    o.action = WorkerOptions::Action::kHelp;
    o.help = app.help();
    return o;
  } catch (const CLI::Error& error) {
    return reject(RejectCode::kConfig, error.what());
  }
  if (version) {
    o.action = WorkerOptions::Action::kVersion;
    return o;
  }
  if (once) o.blocks = 1;
  if (o.datadir.empty()) {
    if (environment.home.empty() && o.connect.empty()) {
      return reject(RejectCode::kConfig, "this user has no home folder; say the node's --datadir, or --rpc-connect");
    }
    o.datadir = environment.home / ".freezenet" / o.network;
  }
  o.datadir = (environment.working_directory / o.datadir).lexically_normal();
  if (o.datasets.empty()) o.datasets = daemon::DataPaths(o.datadir).datasets();
  if (auto ok = check(o); !ok) return tl::unexpected(ok.error());
  return o;
}

Result<daemon::RpcAccess> node_access(const WorkerOptions& options, std::uint16_t port) {
  if (options.connect.empty() && options.user.empty() && options.cookie_file.empty()) {
    return daemon::find_rpc_access(daemon::DataPaths(options.datadir), std::nullopt, "127.0.0.1", port);
  }
  daemon::RpcAccess access{"127.0.0.1", port, {}};
  if (!options.connect.empty()) {
    if (auto ok = set_address(access, options.connect); !ok) return tl::unexpected(ok.error());
  }
  auto secret = credentials(options);
  if (!secret) return tl::unexpected(secret.error());
  access.credentials = std::move(*secret);
  return access;
}

}  // namespace freezenet::worker
