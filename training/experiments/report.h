#pragma once

#include <filesystem>
#include <vector>

#include "training/experiments/page.h"
#include "training/experiments/points.h"
#include "training/experiments/scheme_points.h"

namespace freezenet::experiments {

/// The points of a folder.
struct ExperimentTables {
  std::vector<TrainingPoint> training;
  std::vector<SigningPoint> signing;
  std::vector<RobustnessPoint> robustness;
  std::vector<PiracyPoint> piracy;
};
/// Of the tables that are there. Rejects of read_points().
Result<ExperimentTables> read_tables(const std::filesystem::path& folder);

/// Reads the tables of a folder and writes beside them `report.html`, which needs nothing else, and `results.json`.
/// Points of seeds stand as median and range. Rejects of read_points(); kStorage.
Result<> write_report(const std::filesystem::path& folder);

/// Sections of the page; nothing where there is no point.
void report_learning(Page& page, const std::vector<TrainingPoint>& points);
void report_strong_tampering(Page& page, const std::vector<TrainingPoint>& points);
void report_weak_tampering(Page& page, const std::vector<SigningPoint>& points);
void report_robustness(Page& page, const std::vector<RobustnessPoint>& points);
void report_piracy(Page& page, const std::vector<PiracyPoint>& points);

/// "digits, network seed, 1437 samples, 30 epochs"
std::string setting_text(const Setting& setting);
/// "97.2 (96.9 to 97.5)" of shares, in percent; the median alone where there is one value.
std::string spread_text(const std::vector<double>& shares);
std::string percent_text(double share);
/// "0.1%" of 1000.
std::string ratio_text(std::uint32_t ppm);

}  // namespace freezenet::experiments
