#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <spdlog/logger.h>

#include "net/limits.h"
#include "net/token_bucket.h"

namespace freezenet::net {

/// The log for what strangers cause: at level info up to a rate, at debug beyond it, so that nobody fills a disk by
/// connecting in a loop. Thread-safe.
class QuietLog {
 public:
  QuietLog(std::shared_ptr<spdlog::logger> logger, const Limits& limits)
      : logger_(std::move(logger)), bucket_(limits.log_lines_per_second, limits.log_burst, Clock::now()) {}

  void event(const std::string& line, spdlog::level::level_enum level = spdlog::level::info) {
    logger_->log(allowed() ? level : spdlog::level::debug, "{}", line);
  }
  /// What our own doing or the operator causes.
  [[nodiscard]] spdlog::logger& own() const { return *logger_; }

 private:
  bool allowed() {
    const std::lock_guard lock(mutex_);
    return bucket_.take(Clock::now());
  }
  std::shared_ptr<spdlog::logger> logger_;
  std::mutex mutex_;
  TokenBucket bucket_;
};

}  // namespace freezenet::net
