#include "daemon/cli/text.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace freezenet::daemon {
namespace {

struct Unit {
  std::uint64_t seconds;
  const char* name;
};
constexpr std::array<Unit, 4> kUnits{{{86400, " d"}, {3600, " h"}, {60, " min"}, {1, " s"}}};

}  // namespace

std::string short_duration_text(std::uint64_t seconds) {
  for (const Unit& unit : kUnits) {
    if (seconds >= unit.seconds) return std::to_string(seconds / unit.seconds) + unit.name;
  }
  return "0 s";
}

std::string duration_text(std::uint64_t seconds) {
  for (std::size_t i = 0; i + 1 < kUnits.size(); ++i) {
    if (seconds < kUnits[i].seconds) continue;
    const std::uint64_t rest = seconds % kUnits[i].seconds / kUnits[i + 1].seconds;
    return short_duration_text(seconds) + (rest == 0 ? "" : " " + std::to_string(rest) + kUnits[i + 1].name);
  }
  return short_duration_text(seconds);
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  const auto hundredths = static_cast<std::uint64_t>(static_cast<unsigned __int128>(part) * 10'000 / whole);
  std::string digits = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + "." + std::string(2 - digits.size(), '0') + digits + " %";
}

std::string figure_text(double value) {
  if (!std::isfinite(value)) return "-";
  std::array<char, 48> text{};
  const double size = std::fabs(value);
  std::snprintf(text.data(), text.size(), "%.*f",
                size >= 100  ? 0
                : size >= 10 ? 1
                : size >= 1  ? 2
                             : 3,
                std::fmin(size, 1e15) * (value < 0 ? -1 : 1));
  return text.data();
}

std::string utc_text(std::uint64_t unix_seconds) {
  const auto time = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  std::array<char, 32> text{};
  if (gmtime_r(&time, &parts) == nullptr || std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts) == 0)
    return "-";
  return text.data();
}

std::string shortened(std::string_view text, std::size_t keep) {
  if (text.size() <= 2 * keep + 2) return std::string(text);
  return std::string(text.substr(0, keep)) + ".." + std::string(text.substr(text.size() - keep));
}

std::string fitted(std::string_view text, std::size_t width) {
  std::string result(text.size() <= width || width < 2 ? text.substr(0, width) : text.substr(0, width - 2));
  for (char& c : result) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text.size() <= width || width < 2 ? result : result + "..";
}

std::string left(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string right(std::string text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

}  // namespace freezenet::daemon
