#pragma once

#include <string>
#include <utility>
#include <vector>

namespace freezenet::experiments {

/// `<`, `>`, `&` and quotes as XML writes them.
std::string xml_text(const std::string& text);

/// An axis from `low` to `high`, with ticks at round numbers.
struct Axis {
  std::string title;  ///< with its unit
  double low = 0, high = 1;
  bool log = false;           ///< low > 0 then
  std::string suffix;         ///< of each tick: "%"
  std::vector<double> ticks;  ///< empty: chosen
  bool whole = false;         ///< no ticks between whole numbers
};

struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;
  int colour = 0;       ///< of eight; series that belong together share one
  bool dashed = false;  ///< what was published, or a formula
  bool markers = true;
};

/// Curves over two axes as a self-contained SVG of 720 x 430 that can be read in light and dark. Points beyond the axes
/// are cut off at the edge; points that are no numbers are left out.
std::string line_chart(const std::string& title, const Axis& x, const Axis& y, const std::vector<Series>& series);

/// Groups of bars, one of each series: values[i] belongs to groups[i]. NaN: no bar.
struct Bars {
  std::string name;
  std::vector<double> values;
  int colour = 0;
};
std::string bar_chart(const std::string& title, const std::vector<std::string>& groups, const Axis& y,
                      const std::vector<Bars>& bars);

}  // namespace freezenet::experiments
