#pragma once

#include <iosfwd>
#include <span>
#include <string>

#include "daemon/cli/passphrase.h"
#include "daemon/cli/rpc_client.h"

namespace freezenet::daemon {

/// What freezenet-cli ends with.
enum class ExitCode : int {
  kDone = 0,
  kNo = 1,      ///< the node refused, a file failed, or verifymodel says that the file proves nothing
  kUsage = 2,   ///< the command line makes no sense; nothing was asked
  kNoNode = 3,  ///< nobody answers
};

/// Where a command writes, and how.
struct Terminal {
  std::ostream& out;
  std::ostream& err;
  bool colour = false;  ///< out is a terminal that takes ANSI sequences
  PassphraseReader passphrase = read_passphrase;
};

/// Runs one method with the words behind it: most are sent as they are, and the answer is printed (a text bare, all
/// else as JSON); getmodel writes a file, verifymodel reads one, status draws a screen. `who` names network and data
/// folder, for "no node answers".
ExitCode run_command(const RpcClient& client, const std::string& who, const std::string& method,
                     std::span<const std::string> words, const Terminal& terminal);

/// `help` and `help METHOD`, which need no node: the client links the same table.
ExitCode run_help(std::span<const std::string> words, const Terminal& terminal);
/// `rpcauth USER [FILE]`, which needs no node: prints the line for the node's rpc-auth, and the new password or the
/// name of the file that now holds it.
ExitCode run_rpcauth(std::span<const std::string> words, const Terminal& terminal);
/// What stands behind the options in `freezenet-cli --help`: all methods, what this program does besides sending them,
/// and its exit codes.
std::string commands_help();

}  // namespace freezenet::daemon
