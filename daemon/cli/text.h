#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace freezenet::daemon {

// Figures as people read them, in ASCII and of a bounded width.

/// "12 s", "3 min 5 s", "2 h 14 min", "5 d 3 h".
std::string duration_text(std::uint64_t seconds);
/// The larger unit alone: "12 s", "3 min", "2 h", "5 d".
std::string short_duration_text(std::uint64_t seconds);
/// Rounded down, so that it never says more than is true: part / whole in percent with two digits; "-" for whole 0.
std::string percent_text(std::uint64_t part, std::uint64_t whole);
/// Three or so significant digits: "0.412", "41.2", "1234".
std::string figure_text(double value);
/// "2026-11-22 14:01:33", UTC.
std::string utc_text(std::uint64_t unix_seconds);
/// `keep` characters of the front and of the end, ".." in between.
std::string shortened(std::string_view text, std::size_t keep);
/// At most `width` characters; a longer text ends with "..". Control characters and bytes beyond ASCII become '?': a
/// stranger's text must not steer a terminal.
std::string fitted(std::string_view text, std::size_t width);
/// Padded with spaces to `width`, at the right or at the left.
std::string left(std::string text, std::size_t width);
std::string right(std::string text, std::size_t width);

}  // namespace freezenet::daemon
