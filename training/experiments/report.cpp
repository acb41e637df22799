#include "training/experiments/report.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "training/experiments/whole_file.h"

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

ByteView bytes_of(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

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

Result<ExperimentTables> read_tables(const std::filesystem::path& folder) {
  ExperimentTables out;
  const auto read = [&](auto& points, const char* file) -> Result<> {
    auto found = read_points<typename std::decay_t<decltype(points)>::value_type>(folder / file);
    if (!found) return tl::unexpected(found.error());
    points = std::move(*found);
    return {};
  };
  for (const Result<>& done : {read(out.training, "training.csv"), read(out.signing, "signing.csv"),
                               read(out.robustness, "robustness.csv"), read(out.piracy, "piracy.csv")}) {
    if (!done) return tl::unexpected(done.error());
  }
  return out;
}

Result<> write_report(const std::filesystem::path& folder) {
  const auto tables = read_tables(folder);
  if (!tables) return tl::unexpected(tables.error());
  Page page("Watermark experiments");
  page.paragraph(
      "Accuracy is the share of right answers on samples that no training saw, in percent. A point is the median over "
      "seeds, with the range in brackets. Dashed: published, one run each on CIFAR-10 after 100 epochs.");
  report_learning(page, tables->training);
  report_weak_tampering(page, tables->signing);
  report_strong_tampering(page, tables->training);
  report_robustness(page, tables->robustness);
  report_piracy(page, tables->piracy);
  if (auto written = write_whole(folder / "report.html", {bytes_of(page.html())}); !written) return written;
  const Json all = {{"format", "freezenet-experiments-1"},
                    {"training", json_of(tables->training)},
                    {"signing", json_of(tables->signing)},
                    {"robustness", json_of(tables->robustness)},
                    {"piracy", json_of(tables->piracy)}};
  return write_whole(folder / "results.json", {bytes_of(all.dump(1) + "\n")});
}

}  // namespace freezenet::experiments
