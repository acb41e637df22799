#pragma once

#include "daemon/node.h"

namespace freezenet::daemon {

/// Says on standard error what stopped the program, in one line; the exit status 1.
int report_failure(const Reject& why);

/// Runs a node until SIGINT, SIGTERM, the RPC's stop or a failure; the exit status.
int run_node(const Options& options, const Machine& machine = {});

}  // namespace freezenet::daemon
