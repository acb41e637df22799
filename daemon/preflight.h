#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/clock.h"
#include "daemon/network_file.h"
#include "daemon/options.h"

namespace freezenet::daemon {

/// One line of `freezenetd --check`.
struct CheckItem {
  std::string name;  ///< "data folder"
  bool ok = false;
  std::string detail;  ///< what was found; where it failed, what to do
};

/// What the checks need to know, so that tests can put a wrong answer in.
struct PreflightParts {
  Options options;
  const Clock& clock;
  std::function<Result<std::string>()> kernel_path;  ///< name of the kernel path that would run
  std::function<Result<std::string>()> self_test;    ///< what was tested, in one line
};

/// Everything that keeps a node from working, without starting one: options' network, data folder (writable, not in
/// use, free space), ports of peers and RPC, clock, kernel path, self-test. Goes on after a failure, so that one run
/// shows all of them.
std::vector<CheckItem> run_preflight(const PreflightParts& parts);

/// "ok    data folder      /var/lib/freezenet, 12.3 GiB free", one line each, and a last one that sums up.
std::string preflight_report(const std::vector<CheckItem>& items);
bool all_ok(const std::vector<CheckItem>& items);

}  // namespace freezenet::daemon
