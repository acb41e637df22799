#include "training/experiments/report.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <system_error>

#include <nlohmann/json.hpp>

namespace freezenet::experiments {

namespace {

using Json = nlohmann::ordered_json;

/// What a cell holds: a whole number, another number, numbers with a space between them, or a text.
Json value_of(const std::string& cell) {
  std::int64_t whole = 0;
  const auto parsed = std::from_chars(cell.data(), cell.data() + cell.size(), whole);
  if (parsed.ec == std::errc() && parsed.ptr == cell.data() + cell.size()) return whole;
  if (const auto number = number_of(cell); number && std::isfinite(*number)) return *number;
  Json list = Json::array();
  std::istringstream words(cell);
  for (std::string word; words >> word;) {
    const auto number = number_of(word);
    if (!number || !std::isfinite(*number)) return cell;
    list.push_back(*number);
  }
  return list;
}

/// Rows as objects of their columns.
template <typename T>
Json json_of(const std::vector<T>& points) {
  Json out = Json::array();
  for (const T& point : points) {
    PointTable::Row cells = point.key();
    const PointTable::Row values = point.values();
    cells.insert(cells.end(), values.begin(), values.end());
    Json row = Json::object();
    for (std::size_t i = 0; i < cells.size(); ++i) row[T::columns()[i]] = value_of(cells[i]);
    out.push_back(std::move(row));
  }
  return out;
}

/// Whole or not at all: a reader never meets half a page.
Result<> write_file(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path temporary = file.string() + ".tmp";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(temporary, file, error);
  if (!out || error) return reject(RejectCode::kStorage, "cannot write " + file.string());
  return {};
}

}  // namespace

std::string percent_text(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", 100 * share);
  return text;
}

std::string ratio_text(std::uint32_t ppm) {
  char text[32];
  std::snprintf(text, sizeof text, "%g%%", ppm / 1e4);
  return text;
}

std::string spread_text(const std::vector<double>& shares) {
  const std::string median = percent_text(median_of(shares));
  if (shares.size() == 1) return median;
  const auto [low, high] = std::ranges::minmax(shares);
  return median + " (" + percent_text(low) + " to " + percent_text(high) + ")";
}

std::string setting_text(const Setting& setting) {
  return setting.dataset + ", network " + setting.network + ", " + std::to_string(setting.samples) + " samples, " +
         std::to_string(setting.epochs) + " epochs";
}

Result<> write_report(const std::filesystem::path& folder) {
  const auto training = read_points<TrainingPoint>(folder / "training.csv");
  if (!training) return tl::unexpected(training.error());
  const auto signing = read_points<SigningPoint>(folder / "signing.csv");
  if (!signing) return tl::unexpected(signing.error());
  const auto robustness = read_points<RobustnessPoint>(folder / "robustness.csv");
  if (!robustness) return tl::unexpected(robustness.error());
  const auto piracy = read_points<PiracyPoint>(folder / "piracy.csv");
  if (!piracy) return tl::unexpected(piracy.error());
  Page page("Watermark experiments");
  page.paragraph(
      "Accuracy is the share of right answers on samples that no training saw, in percent. A point is the median over "
      "seeds, with the range in brackets. Dashed: published, one run each on CIFAR-10 after 100 epochs.");
  report_learning(page, *training);
  report_weak_tampering(page, *signing);
  report_strong_tampering(page, *training);
  report_robustness(page, *robustness);
  report_piracy(page, *piracy);
  if (auto written = write_file(folder / "report.html", page.html()); !written) return written;
  const Json all = {{"format", "freezenet-experiments-1"},
                    {"training", json_of(*training)},
                    {"signing", json_of(*signing)},
                    {"robustness", json_of(*robustness)},
                    {"piracy", json_of(*piracy)}};
  return write_file(folder / "results.json", all.dump(1) + "\n");
}

}  // namespace freezenet::experiments
