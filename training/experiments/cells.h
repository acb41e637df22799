#pragma once

#include <charconv>
#include <string>
#include <vector>

#include "training/experiments/points.h"

namespace freezenet::experiments {

/// Cells of a row one after another; the first that is no value of its kind is remembered.
class Cells {
 public:
  explicit Cells(const PointTable::Row& row) : row_(row) {}

  std::string text() { return next(); }
  template <typename T>
  T whole() {
    const std::string& cell = next();
    T value{};
    const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != cell.data() + cell.size()) fail(cell);
    return value;
  }
  double real() {
    const std::string& cell = next();
    const auto value = number_of(cell);
    if (!value) fail(cell);
    return value.value_or(0);
  }
  double share() {
    const double value = real();
    if (!(value >= 0 && value <= 1)) fail(cell_of(value));
    return value;
  }
  /// Shares with a space between them.
  std::vector<double> shares() {
    std::vector<double> out;
    std::string rest = next();
    while (!rest.empty()) {
      const std::size_t space = rest.find(' ');
      const auto value = number_of(rest.substr(0, space));
      if (!value || !(*value >= 0 && *value <= 1)) {
        fail(rest.substr(0, space));
        return out;
      }
      out.push_back(*value);
      rest = space == std::string::npos ? "" : rest.substr(space + 1);
    }
    return out;
  }
  Setting setting() {
    Setting out;
    out.dataset = text();
    out.network = text();
    out.samples = whole<std::int64_t>();
    out.epochs = whole<unsigned>();
    return out;
  }
  MarkShape mark() {
    MarkShape out;
    out.values = text();
    out.ppm = whole<std::uint32_t>();
    return out;
  }
  template <typename T>
  Result<T> result(T value) const {
    if (bad_.empty()) return value;
    return reject(RejectCode::kBadEncoding, "no value of its column: " + bad_);
  }

 private:
  const std::string& next() { return row_[at_++]; }
  void fail(const std::string& cell) {
    if (bad_.empty()) bad_ = "\"" + cell + "\"";
  }

  const PointTable::Row& row_;
  std::size_t at_ = 0;
  std::string bad_;
};

}  // namespace freezenet::experiments
