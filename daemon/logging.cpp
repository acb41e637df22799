#include "daemon/logging.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include "daemon/nearest_name.h"

namespace freezenet::daemon {

namespace {

constexpr std::array<std::string_view, 7> kParts = {"node", "chain", "net", "miner", "replay", "storage", "rpc"};
constexpr std::array<std::string_view, 6> kLevels = {"trace", "debug", "info", "warning", "error", "off"};
constexpr std::size_t kFileBytes = 10 << 20;
constexpr std::size_t kFiles = 5;

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
                                           " (node, chain, net, miner, replay, storage, rpc)");
  }
  found->second = *level;
  return {};
}

/// From left to right, so that "info,net=debug" and "net=debug,info" differ, as they read.
Result<Levels> parse_levels(std::string_view text) {
  Levels levels;
  for (const std::string_view part : kParts) levels.emplace(part, spdlog::level::info);
  while (true) {
    const std::size_t comma = text.find(',');
    if (auto set = set_level(levels, text.substr(0, comma)); !set) return tl::unexpected(set.error());
    if (comma == std::string_view::npos) return levels;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::vector<std::string_view> log_parts() { return {kParts.begin(), kParts.end()}; }

Result<Logging> Logging::open(std::string_view levels, const std::filesystem::path& file, bool console) {
  auto parsed = parse_levels(levels);
  if (!parsed) return tl::unexpected(parsed.error());
  Logging logging;
  logging.levels_ = *std::move(parsed);
  try {
    if (console) {
      logging.sinks_.push_back(std::make_shared<spdlog::sinks::stdout_color_sink_mt>());
      logging.sinks_.back()->set_pattern("%H:%M:%S %^%L%$ %n: %v");
    }
    if (!file.empty()) {
      logging.sinks_.push_back(
          std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file.string(), kFileBytes, kFiles));
      logging.sinks_.back()->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %n: %v");
    }
  } catch (const spdlog::spdlog_ex& error) {
    return reject(RejectCode::kStorage, "the log file " + file.string() + " cannot be written (" + error.what() +
                                            "); give this user access to it, or use another --log-file");
  }
  for (const auto& [part, level] : logging.levels_) {
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

std::shared_ptr<spdlog::logger> Logging::get(std::string_view part) {
  const auto found = loggers_.find(part);
  return found != loggers_.end() ? found->second : loggers_.find("node")->second;
}

void Logging::flush() {
  for (const auto& sink : sinks_) sink->flush();
}

}  // namespace freezenet::daemon
