#include "training/experiments/points.h"

#include <algorithm>
#include <charconv>

#include "training/experiments/cells.h"

namespace freezenet::experiments {

namespace {

using Row = PointTable::Row;

std::string curve_text(const std::vector<double>& curve) {
  std::string text;
  for (const double value : curve) text += (text.empty() ? "" : " ") + cell_of(value);
  return text;
}

}  // namespace

std::string cell_of(double value) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

std::string fixed_text(double value, int digits) {
  char text[400];  // the largest binary64 has 309 digits before the point
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits);
  return {text, end.ptr};
}

Result<double> number_of(const std::string& cell) {
  double value = 0;
  const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != cell.data() + cell.size()) {
    return reject(RejectCode::kBadEncoding, "no number: \"" + cell + "\"");
  }
  return value;
}

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Row joined(Row first, const Row& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Row Setting::cells() const { return {dataset, network, std::to_string(samples), std::to_string(epochs)}; }

const Row& TrainingPoint::columns() {
  static const Row kColumns = {"dataset", "network",   "samples",   "epochs", "values", "ppm",     "start",
                               "seed",    "positions", "differing", "final",  "best",   "seconds", "curve"};
  return kColumns;
}

Row TrainingPoint::key() const {
  return joined(setting.cells(), {mark.values, std::to_string(mark.ppm), start, std::to_string(seed)});
}

Row TrainingPoint::values() const {
  return {std::to_string(positions), std::to_string(differing), cell_of(final_accuracy()),
          cell_of(best_accuracy()),  fixed_text(seconds, 1),    curve_text(curve)};
}

Result<TrainingPoint> TrainingPoint::from(const Row& row) {
  Cells cells(row);
  TrainingPoint out;
  out.setting = cells.setting();
  out.mark = cells.mark();
  out.start = cells.text();
  out.seed = cells.whole<std::uint64_t>();
  out.positions = cells.whole<std::uint64_t>();
  out.differing = cells.whole<std::uint64_t>();
  cells.share();  // final and best follow from the curve; they stand there for the reader
  cells.share();
  out.seconds = cells.real();
  out.curve = cells.shares();
  if (out.curve.size() != std::size_t{out.setting.epochs} + 1) {
    return reject(RejectCode::kBadEncoding, "a curve of another number of epochs than its row's");
  }
  return cells.result(out);
}

double TrainingPoint::final_accuracy() const { return curve.empty() ? 0 : curve.back(); }

double TrainingPoint::best_accuracy() const {
  return curve.size() < 2 ? final_accuracy() : *std::max_element(curve.begin() + 1, curve.end());
}

unsigned TrainingPoint::epochs_to(double share) const {
  const double threshold = share * best_accuracy();
  for (std::size_t epoch = 1; epoch < curve.size(); ++epoch) {
    if (curve[epoch] >= threshold) return static_cast<unsigned>(epoch);
  }
  return 1;
}

const Row& SigningPoint::columns() {
  static const Row kColumns = {"dataset", "network", "samples",   "epochs", "values",
                               "ppm",     "seed",    "positions", "before", "after"};
  return kColumns;
}

Row SigningPoint::key() const {
  return joined(setting.cells(), {mark.values, std::to_string(mark.ppm), std::to_string(seed)});
}

Row SigningPoint::values() const { return {std::to_string(positions), cell_of(before), cell_of(after)}; }

Result<SigningPoint> SigningPoint::from(const Row& row) {
  Cells cells(row);
  SigningPoint out;
  out.setting = cells.setting();
  out.mark = cells.mark();
  out.seed = cells.whole<std::uint64_t>();
  out.positions = cells.whole<std::uint64_t>();
  out.before = cells.share();
  out.after = cells.share();
  return cells.result(out);
}

}  // namespace freezenet::experiments
