#include "daemon/lab/watermark_command.h"

#include <sstream>

#include <gtest/gtest.h>

#include "daemon/lab/watermark_report.h"

namespace freezenet::lab {
namespace {

TEST(WatermarkCommand, ARatioIsADecimalInMillionths) {
  EXPECT_EQ(ppm_from_ratio("1"), 1'000'000U);
  EXPECT_EQ(ppm_from_ratio("1.000000"), 1'000'000U);
  EXPECT_EQ(ppm_from_ratio("0.05"), 50'000U);
  EXPECT_EQ(ppm_from_ratio("0.000001"), 1U);
  for (const char* text : {"", "0", "0.0", "1.000001", "0.0000001", "2", "10", "-0.1", "+0.1", ".5", "0.", "1e-3",
                           "nan", "0.1 ", " 0.1", "0,1", "0.1.1"}) {
    EXPECT_EQ(ppm_from_ratio(text), std::nullopt) << text;
  }
}

TEST(WatermarkCommand, ANameOfAStrangersTensorSteersNothing) {
  PlacedWatermark placed;
  placed.model.tensors = {{"plain.weight", {2}}, {"a,\"b\"\x1b[2J", {1}}};
  placed.watermark = {{2, 1}, {0.5F, -0.25F}, 3};
  std::ostringstream csv, json;
  print_watermark_csv(placed, csv);
  EXPECT_EQ(csv.str(), "tensor,element,value\n\"\"\"a,\\\"\"b\\\"\"\\u001b[2J\"\"\",0,0.5\nplain.weight,1,-0.25\n");
  print_watermark_json(placed, json);
  EXPECT_EQ(json.str().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace freezenet::lab
