#include "training/experiments/report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/training/experiments/temporary_folder.h"

namespace freezenet::experiments {
namespace {

const Setting kSetting{"digits", "cnn", 1437, 2};

template <typename T>
void write_points(const std::filesystem::path& file, const std::vector<T>& points) {
  auto table = PointTable::open(file, T::columns(), T::kKeys);
  ASSERT_TRUE(table) << table.error().message();
  for (const T& point : points) ASSERT_TRUE(table->add(point.key(), point.values()));
}

RobustnessPoint attacked(const std::string& attack, std::uint64_t seed, bool found, double accuracy) {
  RobustnessPoint point;
  point.setting = kSetting;
  point.scheme = "gradsigns-64";
  point.attack = attack;
  point.seed = seed;
  point.box = "white";
  point.clean = point.marked = .97;
  point.accuracy = accuracy;
  point.matches = found ? 64 : 35;
  point.trials = 64;
  point.chance = .5;
  point.log10_p = found ? -19.27 : -.5;
  point.found = found;
  point.measures = "bit error rate=0.0000";
  return point;
}

class ReportTest : public ::testing::Test {
 protected:
  std::string page() {
    const auto written = write_report(folder_.path());
    EXPECT_TRUE(written) << written.error().message();
    return text_of(folder_.path() / "report.html");
  }
  const TemporaryFolder folder_;
};

TEST_F(ReportTest, OfNothingIsAPage) {
  EXPECT_NE(page().find("<h1>"), std::string::npos);
  EXPECT_EQ(page().find("<h2>"), std::string::npos);
}

TEST_F(ReportTest, SaysWhichAttacksSucceed) {
  std::vector<RobustnessPoint> points = {attacked(kNoAttack, 1, true, .97)};
  for (const std::uint64_t seed : {1, 2, 3}) {
    points.push_back(attacked("ftal-1e-4", seed, seed != 2, .96));  // most seeds decide
    points.push_back(attacked("rtal", seed, false, .95));
    points.push_back(attacked("pruning-95", seed, false, .3));
  }
  write_points(folder_.path() / "robustness.csv", points);
  const std::string html = page();
  EXPECT_NE(html.find("<td class=\"good\">found 100%, -1.0</td>"), std::string::npos);
  EXPECT_NE(html.find("<td class=\"bad\">lost 55%, -2.0</td>"), std::string::npos);
  EXPECT_NE(html.find("<td class=\"plain\">lost 55%, -67.0</td>"), std::string::npos);
  const auto json = nlohmann::json::parse(text_of(folder_.path() / "results.json"));
  ASSERT_EQ(json["robustness"].size(), points.size());
  EXPECT_EQ(json["robustness"][0]["matches"], 64);
  EXPECT_EQ(json["robustness"][0]["measures"], "bit error rate=0.0000");
}

TEST_F(ReportTest, SaysWherePiracyIsResisted) {
  PiracyPoint point;
  point.setting = kSetting;
  point.optimiser = "adam";
  point.rate = 1e-3;
  point.share = .2;
  point.seed = 1;
  point.clean = point.marked = .97;
  point.accuracy = .96;
  point.owner_found = point.pirate_found = true;
  PiracyPoint costly = point, vain = point, lost = point;
  costly.rate = 1e-2;
  costly.accuracy = .86;
  vain.rate = 1e-4;
  vain.pirate_found = false;
  lost.rate = 1;
  lost.owner_found = lost.pirate_found = false;
  EXPECT_FALSE(point.resistant());
  EXPECT_TRUE(costly.resistant());
  EXPECT_TRUE(vain.resistant());
  EXPECT_FALSE(lost.resistant());
  write_points<PiracyPoint>(folder_.path() / "piracy.csv", {point, costly, vain, lost});
  const std::string html = page();
  EXPECT_NE(html.find("<td class=\"bad\">does not resist</td>"), std::string::npos);
  EXPECT_NE(html.find("<td class=\"good\">resists</td>"), std::string::npos);
}

TEST_F(ReportTest, ATableThatIsNoneIsRefused) {
  write_text(folder_.path() / "signing.csv", "a,b\n");
  const auto written = write_report(folder_.path());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, RejectCode::kConfig);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "report.html"));
}

}  // namespace
}  // namespace freezenet::experiments
