#pragma once

#include <filesystem>
#include <string>

#include <tl/expected.hpp>

#include "daemon/cli/commands.h"
#include "daemon/options.h"

namespace freezenet::daemon {

/// `supportbundle FOLDER`: makes the folder (0700) and writes into it what somebody else needs to find a fault:
/// versions and machine, options, network, free space, what the node answers where it runs (`no_client`: why it was not
/// asked), the newest lines of its log. Never a key file, a wallet or the cookie; secrets in the rest are redacted
/// (redact.h).
ExitCode make_support_bundle(const Options& options, const tl::expected<RpcClient, std::string>& client,
                             const std::filesystem::path& folder, const Terminal& terminal);

/// Every option and what it is set to; what is secret is not shown.
std::string options_text(const Options& options);

}  // namespace freezenet::daemon
