#include "training/experiments/chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace freezenet::experiments {

namespace {

constexpr double kWidth = 720, kHeight = 430, kLeft = 70, kRight = 18, kTop = 46;
constexpr double kLegendLine = 18, kCharacter = 7.2;  // pixels
constexpr std::size_t kColours = 8;

// Okabe and Ito's colours, which people with any kind of colour vision tell apart; the dark ones are lifted where the
// page is dark.
constexpr const char* kStyle = R"(<style>
.c0{--c:#0072b2}.c1{--c:#d55e00}.c2{--c:#009e73}.c3{--c:#b8477f}.c4{--c:#a87900}.c5{--c:#2a8fc0}.c6{--c:#666}.c7{--c:#7a3db8}
.fg{fill:#1c1c1c}.muted{fill:#555}.grid{stroke:#dedede}.edge{stroke:#888;fill:none}.paper{fill:#fff}
.line{fill:none;stroke:var(--c);stroke-width:2}.dot,.bar{fill:var(--c)}
@media (prefers-color-scheme:dark){
.c0{--c:#58b4ea}.c1{--c:#ff8a4a}.c2{--c:#34d0a2}.c3{--c:#f08fbe}.c4{--c:#f0c040}.c5{--c:#8fd4ff}.c6{--c:#aaa}.c7{--c:#c79bff}
.fg{fill:#eaeaea}.muted{fill:#b5b5b5}.grid{stroke:#3a3a3a}.edge{stroke:#777}.paper{fill:#161616}}
</style>)";

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string tick_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", std::abs(value) < 1e-12 ? 0 : value);
  return text;
}

std::string colour_class(int colour) { return "c" + std::to_string(static_cast<std::size_t>(colour) % kColours); }

/// Multiples of 1, 2 or 5 times a power of ten; in a logarithmic axis its powers, and 2 and 5 times those where few.
std::vector<double> ticks_of(const Axis& axis) {
  if (!axis.ticks.empty()) return axis.ticks;
  std::vector<double> ticks;
  if (axis.log) {
    const bool few = std::log10(axis.high / axis.low) < 2.5;
    for (double power = std::pow(10, std::floor(std::log10(axis.low))); power <= axis.high * 1.0001; power *= 10) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double tick = power * factor;
        if ((few || factor == 1.0) && tick >= axis.low * .9999 && tick <= axis.high * 1.0001) ticks.push_back(tick);
      }
    }
    return ticks;
  }
  const double span = axis.high - axis.low;
  const double power = std::pow(10, std::floor(std::log10(span / 5)));
  double step = power;
  for (const double factor : {2.0, 5.0, 10.0}) {
    if (span / step > 8) step = power * factor;
  }
  if (axis.whole) step = std::max(step, 1.0);
  for (double tick = std::ceil(axis.low / step - 1e-9) * step; tick <= axis.high + step * 1e-9; tick += step) {
    ticks.push_back(tick);
  }
  return ticks;
}

/// The frame that curves and bars are drawn into, and the text around it.
class Plot {
 public:
  Plot(const std::string& title, Axis x, Axis y, const std::vector<std::pair<std::string, std::string>>& legend)
      : x_(std::move(x)), y_(std::move(y)) {
    const std::string legend_text = legend_of(legend);
    out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(kWidth) + " " + number(height()) +
           "\" role=\"img\" font-family=\"system-ui, 'DejaVu Sans', Verdana, sans-serif\" font-size=\"13\">\n<title>" +
           xml_text(title) + "</title>\n" + kStyle + "\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n" +
           "<text class=\"fg\" x=\"" + number(kLeft) + "\" y=\"26\" font-size=\"15\" font-weight=\"bold\">" +
           xml_text(title) + "</text>\n";
    out_ += legend_text;
    text((kLeft + right()) / 2, bottom() + 42, "middle", x_.title);
    out_ += "<text class=\"fg\" transform=\"translate(18 " + number((kTop + bottom()) / 2) +
            ") rotate(-90)\" text-anchor=\"middle\">" + xml_text(y_.title) + "</text>\n";
    for (const double tick : ticks_of(y_)) {
      const double height_of_tick = at_y(tick);
      grid(kLeft, height_of_tick, right(), height_of_tick);
      text(kLeft - 8, height_of_tick + 4.5, "end", tick_text(tick) + y_.suffix, "muted");
    }
  }

  [[nodiscard]] static double right() { return kWidth - kRight; }
  [[nodiscard]] static double bottom() { return kHeight - 58; }
  [[nodiscard]] double height() const { return kHeight + legend_height_; }
  [[nodiscard]] double at_x(double value) const { return kLeft + place(x_, value) * (right() - kLeft); }
  [[nodiscard]] double at_y(double value) const { return bottom() - place(y_, value) * (bottom() - kTop); }

  void x_ticks() {
    for (const double tick : ticks_of(x_)) {
      grid(at_x(tick), kTop, at_x(tick), bottom());
      text(at_x(tick), bottom() + 18, "middle", tick_text(tick) + x_.suffix, "muted");
    }
  }
  void text(double x, double y, const char* anchor, const std::string& words, const char* style = "fg") {
    out_ += "<text class=\"" + std::string(style) + "\" x=\"" + number(x) + "\" y=\"" + number(y) +
            "\" text-anchor=\"" + anchor + "\">" + xml_text(words) + "</text>\n";
  }
  void add(const std::string& mark) { out_ += mark + "\n"; }
  std::string finish() {
    out_ += "<rect class=\"edge\" x=\"" + number(kLeft) + "\" y=\"" + number(kTop) + "\" width=\"" +
            number(right() - kLeft) + "\" height=\"" + number(bottom() - kTop) + "\"/>\n</svg>\n";
    return std::move(out_);
  }

 private:
  static double place(const Axis& axis, double value) {
    const double low = axis.log ? std::log(axis.low) : axis.low, high = axis.log ? std::log(axis.high) : axis.high;
    const double here = axis.log ? std::log(std::max(value, axis.low)) : value;
    return std::clamp((here - low) / (high - low), 0.0, 1.0);
  }
  void grid(double x1, double y1, double x2, double y2) {
    out_ +=
        "<path class=\"grid\" d=\"M" + number(x1) + " " + number(y1) + "L" + number(x2) + " " + number(y2) + "\"/>\n";
  }
  /// Below the plot, in as many lines as the names need: a curve has the whole frame.
  std::string legend_of(const std::vector<std::pair<std::string, std::string>>& legend) {
    std::string out;
    double x = kLeft, y = kHeight + 10;
    for (const auto& [name, mark] : legend) {
      const double width = 40 + kCharacter * static_cast<double>(name.size());
      if (x > kLeft && x + width > right()) {
        x = kLeft;
        y += kLegendLine;
      }
      out += "<g transform=\"translate(" + number(x) + " " + number(y) + ")\">" + mark +
             "<text class=\"fg\" x=\"28\" font-size=\"12\">" + xml_text(name) + "</text></g>\n";
      x += width + 8;
    }
    legend_height_ = legend.empty() ? 0 : y - kHeight + 14;
    return out;
  }

  Axis x_, y_;
  double legend_height_ = 0;
  std::string out_;
};

std::string line_mark(const Series& series) {
  std::string mark = "<g class=\"" + colour_class(series.colour) + "\"><path class=\"line\" d=\"M0 -4H22\"" +
                     (series.dashed ? " stroke-dasharray=\"5 4\"" : "") + "/>";
  if (series.markers) mark += R"(<circle class="dot" cx="11" cy="-4" r="3.5"/>)";
  return mark + "</g>";
}

}  // namespace

std::string xml_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string line_chart(const std::string& title, const Axis& x, const Axis& y, const std::vector<Series>& series) {
  std::vector<std::pair<std::string, std::string>> legend;
  for (const Series& one : series) legend.emplace_back(one.name, line_mark(one));
  Plot plot(title, x, y, legend);
  plot.x_ticks();
  for (const Series& one : series) {
    std::string path, dots;
    for (const auto& [px, py] : one.points) {
      if (!std::isfinite(px) || !std::isfinite(py)) continue;
      const std::string at = number(plot.at_x(px)) + " " + number(plot.at_y(py));
      path += (path.empty() ? "M" : "L") + at;
      if (one.markers) {
        dots += R"(<circle class="dot" cx=")" + number(plot.at_x(px)) + "\" cy=\"" + number(plot.at_y(py)) +
                "\" r=\"3.5\"><title>" + xml_text(one.name) + ": " + tick_text(px) + xml_text(x.suffix) + ", " +
                tick_text(py) + xml_text(y.suffix) + "</title></circle>";
      }
    }
    if (path.empty()) continue;
    plot.add("<g class=\"" + colour_class(one.colour) + "\"><path class=\"line\" d=\"" + path + "\"" +
             (one.dashed ? " stroke-dasharray=\"5 4\"" : "") + "/>" + dots + "</g>");
  }
  return plot.finish();
}

std::string bar_chart(const std::string& title, const std::vector<std::string>& groups, const Axis& y,
                      const std::vector<Bars>& bars) {
  std::vector<std::pair<std::string, std::string>> legend;
  for (const Bars& one : bars) {
    legend.emplace_back(one.name, "<g class=\"" + colour_class(one.colour) +
                                      R"("><rect class="bar" x="4" y="-11" width="14" height="12"/></g>)");
  }
  const auto count = static_cast<double>(std::max<std::size_t>(groups.size(), 1));
  Plot plot(title, {"", 0, count, false, "", {}, false}, y, legend);
  const double width = .8 / static_cast<double>(std::max<std::size_t>(bars.size(), 1));
  for (std::size_t g = 0; g < groups.size(); ++g) {
    plot.text(plot.at_x(static_cast<double>(g) + .5), Plot::bottom() + 18, "middle", groups[g], "muted");
    for (std::size_t b = 0; b < bars.size(); ++b) {
      if (g >= bars[b].values.size() || !std::isfinite(bars[b].values[g])) continue;
      const double left = plot.at_x(static_cast<double>(g) + .1 + static_cast<double>(b) * width);
      const double right = plot.at_x(static_cast<double>(g) + .1 + static_cast<double>(b + 1) * width);
      const double top = plot.at_y(bars[b].values[g]);
      plot.add("<g class=\"" + colour_class(bars[b].colour) + "\"><rect class=\"bar\" x=\"" + number(left) + "\" y=\"" +
               number(top) + "\" width=\"" + number(std::max(right - left - 1, 1.0)) + "\" height=\"" +
               number(Plot::bottom() - top) + "\"><title>" + xml_text(bars[b].name) + ", " + xml_text(groups[g]) +
               ": " + tick_text(bars[b].values[g]) + xml_text(y.suffix) + "</title></rect></g>");
    }
  }
  return plot.finish();
}

}  // namespace freezenet::experiments
