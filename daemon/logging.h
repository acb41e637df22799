#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/logger.h>

#include "consensus/base/result.h"
#include "daemon/log_sinks.h"

namespace freezenet::daemon {

/// Where a node's log lines go: the console and one file that turns over. Owns the sinks; loggers share them, so they
/// may outlive it. Any thread.
class Logging {
 public:
  /// `levels`: a level for all, then pairs for single parts, e.g. "info,net=debug,replay=trace". kConfig: unknown level
  /// or part; kStorage: the file cannot be written. An empty `file`: console only.
  static Result<Logging> open(std::string_view levels, const std::filesystem::path& file, bool console = true,
                              const LogRotation& rotation = {});

  /// The logger of a part: one of log_parts(). The same object for the same name.
  [[nodiscard]] std::shared_ptr<spdlog::logger> get(std::string_view part);
  /// Changes levels while the node runs, as open() reads them; parts that are not named stay as they are. kConfig: some
  /// word is wrong, and nothing was changed.
  Result<> set_levels(std::string_view levels);
  /// Level by part.
  [[nodiscard]] std::map<std::string, std::string> levels() const;
  /// LogFileSink::reopen(), where there is a file.
  Result<> reopen();
  /// Everything written so far is in the file, also below info.
  void flush();

 private:
  std::vector<spdlog::sink_ptr> sinks_;
  std::shared_ptr<LogFileSink> file_;
  std::map<std::string, std::shared_ptr<spdlog::logger>, std::less<>> loggers_;
};

/// "node", "chain", "net", "miner", "replay", "storage", "rpc", "wallet".
std::vector<std::string_view> log_parts();

}  // namespace freezenet::daemon
