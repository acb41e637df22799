#include "daemon/cli/text.h"

#include <limits>

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

TEST(Text, Durations) {
  EXPECT_EQ(duration_text(0), "0 s");
  EXPECT_EQ(duration_text(59), "59 s");
  EXPECT_EQ(duration_text(60), "1 min");
  EXPECT_EQ(duration_text(185), "3 min 5 s");
  EXPECT_EQ(duration_text(8040), "2 h 14 min");
  EXPECT_EQ(duration_text(442'800), "5 d 3 h");
  EXPECT_EQ(short_duration_text(8040), "2 h");
}

TEST(Text, PercentagesNeverSayMoreThanIsTrue) {
  EXPECT_EQ(percent_text(999'999, 1'000'000), "99.99 %");
  EXPECT_EQ(percent_text(1'000'000, 1'000'000), "100.00 %");
  EXPECT_EQ(percent_text(343, 360), "95.27 %");
  EXPECT_EQ(percent_text(0, 360), "0.00 %");
  EXPECT_EQ(percent_text(1, 0), "-");
  EXPECT_EQ(percent_text(std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::uint64_t>::max()),
            "100.00 %");
}

TEST(Text, Figures) {
  EXPECT_EQ(figure_text(0.4125), "0.412");
  EXPECT_EQ(figure_text(41.25), "41.2");
  EXPECT_EQ(figure_text(1234.4), "1234");
  EXPECT_EQ(figure_text(std::numeric_limits<double>::infinity()), "-");
  EXPECT_LE(figure_text(1e300).size(), 20U);
  EXPECT_EQ(utc_text(1'700'000'000), "2023-11-14 22:13:20");
}

TEST(Text, FitsAndDisarms) {
  EXPECT_EQ(fitted("abcdef", 6), "abcdef");
  EXPECT_EQ(fitted("abcdefg", 6), "abcd..");
  EXPECT_EQ(fitted("\x1b[2Jx\xc3\xa9", 20), "?[2Jx??");
  EXPECT_EQ(shortened("0123456789abcdef0123456789abcdef", 4), "0123..cdef");
  EXPECT_EQ(left("ab", 4) + right("cd", 4), "ab    cd");
}

}  // namespace
}  // namespace freezenet::daemon
