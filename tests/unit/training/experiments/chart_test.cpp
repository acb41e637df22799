#include "training/experiments/chart.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "training/experiments/page.h"

namespace freezenet::experiments {
namespace {

/// Whether every tag is closed by its own, in order, and no text holds a bare `<` or `&`: what well-formed XML asks for
/// and these pages can get wrong.
::testing::AssertionResult well_formed(const std::string& text) {
  std::vector<std::string> open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '&') {
      const std::size_t end = text.find(';', i);
      if (end == std::string::npos || end - i > 6) return ::testing::AssertionFailure() << "bare & at " << i;
    }
    if (text[i] == '>') return ::testing::AssertionFailure() << "bare > at " << i;
    if (text[i] != '<') continue;
    std::size_t end = i;
    for (bool quoted = false; end < text.size() && (quoted || text[end] != '>'); ++end) {
      if (text[end] == '"') quoted = !quoted;
    }
    if (end == text.size()) return ::testing::AssertionFailure() << "a tag that does not end";
    const std::string tag = text.substr(i + 1, end - i - 1);
    i = end;
    if (tag.starts_with("!")) continue;
    if (tag.starts_with("/")) {
      if (open.empty() || open.back() != tag.substr(1)) return ::testing::AssertionFailure() << "</" << tag.substr(1);
      open.pop_back();
    } else if (!tag.ends_with("/")) {
      open.push_back(tag.substr(0, tag.find_first_of(" \n")));
    }
  }
  if (!open.empty()) return ::testing::AssertionFailure() << open.back() << " is not closed";
  return ::testing::AssertionSuccess();
}

const Axis kX{"share <of all> & more", 0, 100, false, "%", {}, false};
const Axis kY{"accuracy", 0, 100, false, "%", {}, false};

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(ChartTest, CurvesAreWellFormedWhateverTheNames) {
  const std::string svg =
      line_chart("A \"title\" <&>", kX, kY,
                 {{"one's", {{0, 10}, {50, 80}}, 0, false, true}, {"two", {{0, 5}, {100, 7}}, 9, true, false}});
  EXPECT_TRUE(well_formed(svg)) << svg;
  EXPECT_EQ(count(svg, "<path class=\"line\""), 4U);  // two curves, two in the legend
  EXPECT_EQ(count(svg, "stroke-dasharray"), 2U);
  EXPECT_EQ(count(svg, "<title>"), 1U + 2U);
}

TEST(ChartTest, PointsStayInTheFrameAndWhatIsNoNumberOut) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string svg =
      line_chart("t", kX, kY, {{"a", {{-50, 150}, {50, nan}, {nan, 3}, {200, -9}}, 0, false, false}});
  EXPECT_NE(svg.find("d=\"M70.0 46.0L702.0 372.0\""), std::string::npos) << svg;
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(ChartTest, ALogarithmicAxisTakesZeroAsItsLowEnd) {
  const Axis ratio{"ratio", .1, 100, true, "%", {}, false};
  const std::string svg =
      line_chart("t", ratio, {"", 0, 100, false, "", {}, false}, {{"a", {{0, 0}, {100, 100}}, 0, false, false}});
  EXPECT_NE(svg.find("d=\"M70.0 372.0L702.0 46.0\""), std::string::npos) << svg;
  for (const char* tick : {">0.1%<", ">1%<", ">10%<", ">100%<"}) EXPECT_EQ(count(svg, tick), 1U) << tick;
}

TEST(ChartTest, WholeNumbersHaveNoTicksBetween) {
  const Axis epochs{"epochs", 0, 3, false, "", {}, true};
  const std::string svg = line_chart("t", epochs, kY, {});
  EXPECT_EQ(count(svg, ">0.5<"), 0U);
  for (const char* tick : {">0<", ">1<", ">2<", ">3<"}) EXPECT_EQ(count(svg, tick), 1U) << tick;
}

TEST(ChartTest, BarsLeaveOutWhatWasNotMeasured) {
  const std::string svg = bar_chart("t", {"10%", "50%"}, kY, {{"new", {10, std::nan("")}, 0}, {"old", {5, 7}, 1}});
  EXPECT_TRUE(well_formed(svg)) << svg;
  EXPECT_EQ(count(svg, "<rect class=\"bar\""), 2U + 3U);  // the legend's, and three of four
  EXPECT_TRUE(well_formed(bar_chart("t", {}, kY, {})));
}

TEST(PageTest, IsOneFileThatAsksForNothing) {
  Page page("Results & more");
  page.heading("A <b>");
  page.paragraph("1 < 2");
  page.chart(line_chart("t", kX, kY, {}));
  page.table({"name", "value"}, {{{"x & y"}, {"3", "bad"}}});
  const std::string html = page.html();
  EXPECT_TRUE(well_formed(html)) << html;
  EXPECT_NE(html.find("<td class=\"bad\">3</td>"), std::string::npos);
  for (const char* outside : {"<script", "src=", "href=", "@import", "url("})
    EXPECT_EQ(html.find(outside), std::string::npos);
}

}  // namespace
}  // namespace freezenet::experiments
