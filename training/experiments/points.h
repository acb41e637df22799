#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "training/experiments/point_table.h"

namespace freezenet::experiments {

/// Rows of the experiments' tables, and what is read out of them. Accuracies are shares of 1.

/// What every point is over; the first columns of each table.
struct Setting {
  std::string dataset, network;
  std::int64_t samples = 0;  ///< of the training split
  unsigned epochs = 0;
  friend bool operator==(const Setting&, const Setting&) = default;
  [[nodiscard]] PointTable::Row cells() const;
};

/// A watermark by its shape: "none", "unit" or "fan-in", and millionths of the weights.
struct MarkShape {
  std::string values = "none";
  std::uint32_t ppm = 0;
  friend bool operator==(const MarkShape&, const MarkShape&) = default;
};

/// One training under a watermark: learning ability and strong tampering. File training.csv.
struct TrainingPoint {
  Setting setting;
  MarkShape mark;
  std::string start;  ///< "scratch"; "other": a model trained under another header's watermark of the same shape
  std::uint64_t seed = 0;
  std::vector<double> curve;                   ///< accuracy on the evaluation split after 0, 1, 2 ... epochs
  std::uint64_t positions = 0, differing = 0;  ///< of the watermark in the trained model, tolerance 0
  double seconds = 0;

  static const PointTable::Row& columns();
  static constexpr std::size_t kKeys = 8;
  [[nodiscard]] PointTable::Row key() const;
  [[nodiscard]] PointTable::Row values() const;
  static Result<TrainingPoint> from(const PointTable::Row& row);

  [[nodiscard]] double final_accuracy() const;
  [[nodiscard]] double best_accuracy() const;  ///< of the epochs trained
  /// The first epoch of at least `share` of the run's own best accuracy, 1 at least.
  [[nodiscard]] unsigned epochs_to(double share) const;
};

/// One stamp on a trained model: weak tampering. File signing.csv.
struct SigningPoint {
  Setting setting;
  MarkShape mark;
  std::uint64_t seed = 0;
  double before = 0, after = 0;  ///< accuracy
  std::uint64_t positions = 0;

  static const PointTable::Row& columns();
  static constexpr std::size_t kKeys = 7;
  [[nodiscard]] PointTable::Row key() const;
  [[nodiscard]] PointTable::Row values() const;
  static Result<SigningPoint> from(const PointTable::Row& row);
};

/// The cells of both, in this order.
PointTable::Row joined(PointTable::Row first, const PointTable::Row& second);
/// Decimals that a table keeps: the shortest that is the same binary64.
std::string cell_of(double value);
/// The same with so many digits behind the point.
std::string fixed_text(double value, int digits);
/// kBadEncoding for what cell_of() does not write.
Result<double> number_of(const std::string& cell);

/// Of an odd or even number of values, at least one.
double median_of(std::vector<double> values);

/// All points of a table; none where there is no such file. The rejects of PointTable::read(), and of from() with the
/// file's name and the line.
template <typename T>
Result<std::vector<T>> read_points(const std::filesystem::path& file) {
  const auto rows = PointTable::read(file, T::columns(), T::kKeys);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<T> points;
  for (const PointTable::Row& row : *rows) {
    auto point = T::from(row);
    if (!point) {
      const std::string line = std::to_string(points.size() + 2);  // the first is the header
      return reject(RejectCode::kConfig, "line " + line + " of " + file.string() + " has " + point.error().detail);
    }
    points.push_back(std::move(*point));
  }
  return points;
}

}  // namespace freezenet::experiments
