#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <spdlog/sinks/base_sink.h>

#include "consensus/base/result.h"

namespace freezenet::daemon {

/// When a log file turns over, and what stays of it.
struct LogRotation {
  std::size_t bytes = 10 << 20;
  std::size_t past_files = 5;
};

/// The line's text as it may go to a terminal: every byte that is not printable ASCII becomes "\xNN", because parts of
/// it may come from strangers.
std::string printable(std::string_view text);

/// "%v" for text of strangers: a formatter of this pattern with "%*" for printable(message).
std::unique_ptr<spdlog::formatter> safe_formatter(const std::string& pattern);

/// A file that turns over at a size and can be opened anew under its name. Thread-safe.
class LogFileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// Throws spdlog::spdlog_ex where the file cannot be written.
  LogFileSink(std::filesystem::path file, const LogRotation& rotation);

  /// For when somebody else has moved the file away: what was logged is in the old one, what comes goes to a new one,
  /// and no line is lost between them. kStorage: it cannot be opened, and the old one goes on being used.
  Result<> reopen();

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override { inner_->flush(); }
  void set_formatter_(std::unique_ptr<spdlog::formatter> formatter) override;

 private:
  [[nodiscard]] spdlog::sink_ptr open() const;

  const std::filesystem::path file_;
  const LogRotation rotation_;
  spdlog::sink_ptr inner_;
};

}  // namespace freezenet::daemon
