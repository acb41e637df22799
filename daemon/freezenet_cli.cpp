// freezenet-cli: asks a running node. Finds its port and cookie from --network and --datadir.

#include <cstdlib>
#include <exception>
#include <iostream>

#include <unistd.h>

#include "daemon/cli/ask_password.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/support_bundle.h"
#include "daemon/config.h"
#include "daemon/data_dir.h"
#include "daemon/network_file.h"
#include "daemon/version.h"

namespace freezenet::daemon {
namespace {

/// NO_COLOR as of no-color.org; a terminal named "dumb" takes no sequences.
bool takes_colour() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr && term != nullptr &&
         std::string_view(term) != "dumb";
}

int fail(ExitCode code, const std::string& message) {
  std::cerr << "freezenet-cli: " << message << "\n";
  return static_cast<int>(code);
}

Result<std::optional<RpcLogin>> login_of(const Options& options) {
  if (options.rpc_user.empty()) {
    if (options.rpc_connect.empty() && options.rpc_password_file.empty()) return std::nullopt;
    return reject(RejectCode::kConfig, options.rpc_connect.empty()
                                           ? "--rpc-password-file needs --rpc-user, whose password it holds"
                                           : "--rpc-connect needs --rpc-user: the cookie is for this machine alone");
  }
  if (options.rpc_user.find(':') != std::string::npos)
    return reject(RejectCode::kConfig, "--rpc-user is a name, without ':' and password");
  auto password =
      options.rpc_password_file.empty() ? ask_password(options.rpc_user) : read_rpc_password(options.rpc_password_file);
  if (!password) return tl::unexpected(password.error());
  return RpcLogin{options.rpc_connect, options.rpc_user, *std::move(password)};
}

Result<RpcAccess> access_to(const Options& options) {
  const auto network = inspect_network(options.network, network_folders(), options.datadir);
  if (!network) return tl::unexpected(network.error());
  auto login = login_of(options);
  if (!login) return tl::unexpected(login.error());
  return find_rpc_access(DataPaths(options.datadir), options.rpc_port, options.rpc_bind, network->rpc_port, *login);
}

int run(int argc, char** argv) {
  const auto line = parse_command_line(Program::kCli, argc, argv, system_environment());
  if (!line) return fail(ExitCode::kUsage, line.error().detail);
  if (line->action == CommandLine::Action::kVersion) {
    std::cout << "freezenet-cli " << kVersion << "\n";
    return 0;
  }
  if (line->action == CommandLine::Action::kHelp) {
    std::cout << help_text(Program::kCli) << commands_help();
    return 0;
  }
  if (line->arguments.empty())
    return fail(ExitCode::kUsage, "say a method, for example status; `freezenet-cli help` lists them");

  const Terminal terminal{std::cout, std::cerr, takes_colour()};
  const std::string& method = line->arguments.front();
  const auto words = std::span(line->arguments).subspan(1);
  if (method == "help") return static_cast<int>(run_help(words, terminal));

  if (method == "rpcauth") return static_cast<int>(run_rpcauth(words, terminal));

  if (method == "supportbundle") {
    if (words.size() != 1) return fail(ExitCode::kUsage, "usage: supportbundle FOLDER; the folder is made");
    const Result<RpcAccess> access = access_to(line->options);
    const tl::expected<RpcClient, std::string> client =
        access ? tl::expected<RpcClient, std::string>(RpcClient(*access, std::chrono::seconds(10)))
               : tl::unexpected(access.error().detail);
    return static_cast<int>(make_support_bundle(line->options, client, words.front(), terminal));
  }

  Result<RpcAccess> access = access_to(line->options);
  if (!access)
    return fail(access.error().code == RejectCode::kNotFound ? ExitCode::kNoNode
                : access.error().code == RejectCode::kConfig ? ExitCode::kUsage
                                                             : ExitCode::kNo,
                access.error().detail);
  const std::string who = "network " + line->options.network + ", data folder " + line->options.datadir.string();
  return static_cast<int>(run_command(RpcClient(std::move(*access)), who, method, words, terminal));
}

}  // namespace
}  // namespace freezenet::daemon

int main(int argc, char** argv) {
  try {
    return freezenet::daemon::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "freezenet-cli: " << error.what() << "\n";
    return 1;
  }
}
