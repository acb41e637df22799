#include "daemon/logging.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <spdlog/sinks/stdout_color_sinks.h>

#include "consensus/base/nearest_name.h"

namespace freezenet::daemon {

namespace {

constexpr std::array<std::string_view, 8> kParts = {"node",   "chain",   "net", "miner",
                                                    "replay", "storage", "rpc", "wallet"};
constexpr std::array<std::string_view, 6> kLevels = {"trace", "debug", "info", "warning", "error", "off"};

Result<spdlog::level::level_enum> parse_level(std::string_view text) {
  if (std::find(kLevels.begin(), kLevels.end(), text) != kLevels.end())
    return spdlog::level::from_str(std::string(text));
  return reject(RejectCode::kConfig, "log-level: there is no level '" + std::string(text.substr(0, 40)) + "'" +
                                         did_you_mean(text, kLevels) + " (trace, debug, info, warning, error, off)");
}

using Levels = std::map<std::string, spdlog::level::level_enum, std::less<>>;

Result<> set_level(Levels& levels, std::string_view item) {
  const std::size_t equals = item.find('=');
  const std::string_view part = equals == std::string_view::npos ? std::string_view{} : item.substr(0, equals);
  const auto level = parse_level(equals == std::string_view::npos ? item : item.substr(equals + 1));
  if (!level) return tl::unexpected(level.error());
  if (equals == std::string_view::npos) {
    for (auto& [name, value] : levels) value = *level;
    return {};
  }
  const auto found = levels.find(part);
  if (found == levels.end()) {
    return reject(RejectCode::kConfig, "log-level: there is no part '" + std::string(part.substr(0, 40)) + "'" +
                                           did_you_mean(part, kParts) +
                                           " (node, chain, net, miner, replay, storage, rpc, wallet)");
  }
  found->second = *level;
  return {};
}

/// From left to right, so that "info,net=debug" and "net=debug,info" differ, as they read.
Result<Levels> parse_levels(std::string_view text, Levels levels) {
  while (true) {
    const std::size_t comma = text.find(',');
    if (auto set = set_level(levels, text.substr(0, comma)); !set) return tl::unexpected(set.error());
    if (comma == std::string_view::npos) return levels;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::vector<std::string_view> log_parts() { return {kParts.begin(), kParts.end()}; }

Result<Logging> Logging::open(std::string_view levels, const std::filesystem::path& file, bool console,
                              const LogRotation& rotation) {
  Levels usual;
  for (const std::string_view part : kParts) usual.emplace(part, spdlog::level::info);
  auto parsed = parse_levels(levels, std::move(usual));
  if (!parsed) return tl::unexpected(parsed.error());
  Logging logging;
  try {
    if (console) {
      logging.sinks_.push_back(std::make_shared<spdlog::sinks::stdout_color_sink_mt>());
      logging.sinks_.back()->set_formatter(safe_formatter("%H:%M:%S %^%L%$ %n: %*"));
    }
    if (!file.empty()) {
      logging.file_ = std::make_shared<LogFileSink>(file, rotation);
      logging.file_->set_formatter(safe_formatter("%Y-%m-%dT%H:%M:%S.%e%z %l %n: %*"));
      logging.sinks_.push_back(logging.file_);
    }
  } catch (const spdlog::spdlog_ex& error) {
    return reject(RejectCode::kStorage, "the log file " + file.string() + " cannot be written (" + error.what() +
                                            "); give this user access to it, or use another --log-file");
  }
  for (const auto& [part, level] : *parsed) {
    auto logger = std::make_shared<spdlog::logger>(part, logging.sinks_.begin(), logging.sinks_.end());
    logger->set_level(level);
    // What an operator reads is in the file before whatever comes next kills the process.
    logger->flush_on(spdlog::level::info);
    // A full disk must not end the node through its log: the console still shows the line.
    logger->set_error_handler([](const std::string&) {});
    logging.loggers_.emplace(part, std::move(logger));
  }
  return logging;
}

Result<> Logging::set_levels(std::string_view levels) {
  Levels now;
  for (const auto& [part, logger] : loggers_) now.emplace(part, logger->level());
  const auto parsed = parse_levels(levels, std::move(now));
  if (!parsed) return tl::unexpected(parsed.error());
  for (const auto& [part, level] : *parsed) loggers_.find(part)->second->set_level(level);
  return {};
}

std::map<std::string, std::string> Logging::levels() const {
  std::map<std::string, std::string> levels;
  for (const auto& [part, logger] : loggers_) {
    const auto name = spdlog::level::to_string_view(logger->level());
    levels.emplace(part, std::string(name.data(), name.size()));
  }
  return levels;
}

Result<> Logging::reopen() { return file_ ? file_->reopen() : Result<>{}; }

std::shared_ptr<spdlog::logger> Logging::get(std::string_view part) {
  const auto found = loggers_.find(part);
  return found != loggers_.end() ? found->second : loggers_.find("node")->second;
}

void Logging::flush() {
  for (const auto& sink : sinks_) sink->flush();
}

}  // namespace freezenet::daemon
