#include "consensus/difficulty.h"

#include <fstream>
#include <limits>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/unit/source_dir.h"

namespace freezenet {
namespace {

constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kEnd = std::numeric_limits<std::uint64_t>::max();

Uint256 target(std::uint32_t bits) {
  const auto decoded = target_from_compact(bits);
  EXPECT_TRUE(decoded) << bits;
  return decoded.value_or(Uint256());
}

Uint256 shifted(std::uint64_t value, unsigned n) { return Uint256(value).shift_left(n); }

TEST(CompactTarget, KnownValues) {
  EXPECT_EQ(target(0x1d00ffff), shifted(0xffff, 208));
  EXPECT_EQ(target(0x207fffff), shifted(0x7fffff, 232));
  EXPECT_EQ(target(0x20100000), Uint256::power_of_two(252));
  EXPECT_EQ(target(0x01010000), Uint256(1));
  EXPECT_EQ(target(0x01120000), Uint256(0x12));
  EXPECT_EQ(target(0x02123400), Uint256(0x1234));
  EXPECT_EQ(target(0x03123456), Uint256(0x123456));
  EXPECT_EQ(target(0x04123456), Uint256(0x12345600));
  EXPECT_EQ(target(0x2200007f), shifted(0x7f, 248));
  EXPECT_EQ(target(0x2100ffff), shifted(0xffff, 240));
}

TEST(CompactTarget, NegativeZeroAndOverflowAreRefused) {
  for (const std::uint32_t bits :
       {0x00000000U, 0x00123456U, 0x01003456U, 0x02000056U, 0x03000000U, 0x1d000000U, 0x04923456U, 0x01fedcbaU,
        0x1d80ffffU, 0x1d800000U, 0x23000001U, 0x22000100U, 0x21010000U, 0xff123456U, 0xff000001U}) {
    EXPECT_FALSE(target_from_compact(bits)) << std::hex << bits;
  }
}

TEST(CompactTarget, EncodingRoundsDownAndIsStable) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    Uint256 value = shifted(random() | (1ULL << 63), 192).saturating_add(shifted(random(), 100));
    value = value.shift_right(static_cast<unsigned>(random() % 256));
    const std::uint32_t bits = target_to_compact(value);
    const Uint256 rounded = target(bits);
    EXPECT_LE(rounded, value);
    EXPECT_LT(value.saturating_sub(rounded), Uint256(1).saturating_add(value.shift_right(15)));
    EXPECT_EQ(target_to_compact(rounded), bits);
  }
  EXPECT_EQ(target_to_compact(Uint256(0x80)), 0x02008000U);
  EXPECT_EQ(target_to_compact(Uint256::max()), 0x2100ffffU);
  EXPECT_EQ(target_to_compact(Uint256()), 0U);
}

struct VectorFile {
  std::uint64_t anchor_height = 0;
  std::int64_t anchor_parent_time = 0;
  std::uint32_t anchor_bits = 0;
  std::istringstream rows;
};

std::string after_colon(const std::string& line) { return line.substr(line.rfind(':') + 2); }

VectorFile read_run(const std::string& path) {
  std::ifstream file(path);
  VectorFile run;
  std::string rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("##   anchor height:")) run.anchor_height = std::stoull(after_colon(line));
    if (line.starts_with("##   anchor ancestor time:")) run.anchor_parent_time = std::stoll(after_colon(line));
    if (line.starts_with("##   anchor nBits:"))
      run.anchor_bits = static_cast<std::uint32_t>(std::stoul(after_colon(line), nullptr, 16));
    if (!line.empty() && line[0] != '#') rows += line + '\n';
  }
  run.rows.str(rows);
  return run;
}

TEST(Asert, PublishedVectors) {
  const std::size_t expected_rows[] = {10, 10, 10, 225, 225, 1000};
  for (int number = 1; number <= 6; ++number) {
    VectorFile run = read_run(test::source_dir() + "/tests/vectors/asert/run0" + std::to_string(number));
    std::size_t rows = 0;
    std::uint64_t iteration = 0;
    std::uint64_t height = 0;
    std::int64_t time = 0;
    std::string bits;
    while (run.rows >> iteration >> height >> time >> bits) {
      ++rows;
      const std::uint32_t next = asert_next_bits(run.anchor_bits, time - run.anchor_parent_time,
                                                 height - run.anchor_height, 600, 172'800, target(0x1d00ffff));
      ASSERT_EQ(next, std::stoul(bits, nullptr, 16)) << "run " << number << " row " << iteration;
    }
    EXPECT_EQ(rows, expected_rows[number - 1]) << "run " << number;
  }
}

TEST(Asert, OnScheduleNothingChanges) {
  const Uint256 anchor = target(0x1b123456);
  for (std::uint64_t height = 0; height < 1000; ++height) {
    const auto time = static_cast<std::int64_t>(10 * (height + 1));
    EXPECT_EQ(next_target(anchor, time, height, 10, 600, Uint256::max()), anchor);
  }
}

TEST(Asert, HalfALifeIsExactlyAFactorOfTwo) {
  const Uint256 anchor = shifted(0x123456789abc, 100);
  EXPECT_EQ(next_target(anchor, 10 + 600, 0, 10, 600, Uint256::max()), anchor.shift_left(1));
  EXPECT_EQ(next_target(anchor, 10 - 600, 0, 10, 600, Uint256::max()), anchor.shift_right(1));
  EXPECT_EQ(next_target(anchor, 10 + 6000, 0, 10, 600, Uint256::max()), anchor.shift_left(10));
  EXPECT_EQ(next_target(anchor, 10 - 6000, 0, 10, 600, Uint256::max()), anchor.shift_right(10));
}

TEST(Asert, TargetsNearTheTopDoNotOverflow) {
  // 2^252 times a factor of 17 bits is beyond 256 bits before it is scaled back.
  const Uint256 top = Uint256::power_of_two(252);
  EXPECT_EQ(next_target(top, 10, 0, 10, 600, Uint256::max()), top);
  EXPECT_EQ(next_target(top, 10 + 600, 0, 10, 600, Uint256::max()), Uint256::power_of_two(253));
  EXPECT_EQ(next_target(top, 10 + 600, 0, 10, 600, top), top);
  EXPECT_EQ(next_target(Uint256::max(), 10, 0, 10, 600, Uint256::max()), Uint256::max());
  EXPECT_EQ(next_target(Uint256::max(), 10 - 600, 0, 10, 600, Uint256::max()), Uint256::max().shift_right(1));
  EXPECT_EQ(next_target(Uint256::max(), 10 + 1, 0, 10, 600, Uint256::max()), Uint256::max());
}

TEST(Asert, SlowerBlocksNeverGiveAHarderTarget) {
  for (const std::uint32_t bits : {0x1d00ffffU, 0x1f123456U, 0x03000123U, 0x20100000U}) {
    Uint256 last;
    for (std::int64_t time = -20'000; time < 20'000; time += 7) {
      const Uint256 next = next_target(target(bits), time, 5, 10, 600, Uint256::power_of_two(252));
      EXPECT_GE(next, last);
      last = next;
    }
  }
}

TEST(Asert, ExtremesEndAtTheBounds) {
  const Uint256 anchor = target(0x1d00ffff);
  const Uint256 limit = Uint256::power_of_two(252);
  EXPECT_EQ(next_target(anchor, kLast, 0, 1, 1, limit), limit);
  EXPECT_EQ(next_target(anchor, kFirst, 0, 1, 1, limit), Uint256(1));
  EXPECT_EQ(next_target(anchor, kFirst, kEnd, 0xffff'ffff, 1, limit), Uint256(1));
  EXPECT_EQ(next_target(anchor, 0, kEnd, 0xffff'ffff, 0xffff'ffff, limit), Uint256(1));
}

TEST(VirtualTime, StepsAreClampedToSixIntervals) {
  EXPECT_EQ(virtual_time(1000, 500, 507, 10), 1007);
  EXPECT_EQ(virtual_time(1000, 500, 493, 10), 993);
  EXPECT_EQ(virtual_time(1000, 500, 560, 10), 1060);
  EXPECT_EQ(virtual_time(1000, 500, 561, 10), 1060);
  EXPECT_EQ(virtual_time(1000, 500, 2'600'000, 10), 1060);
  EXPECT_EQ(virtual_time(1000, 500, 440, 10), 940);
  EXPECT_EQ(virtual_time(1000, 500, 0, 10), 940);
}

TEST(VirtualTime, HostileTimesDoNotOverflow) {
  EXPECT_EQ(virtual_time(1000, 0, kEnd, 10), 1060);
  EXPECT_EQ(virtual_time(1000, kEnd, 0, 10), 940);
  EXPECT_EQ(virtual_time(kLast, 0, kEnd, 0xffff'ffff), kLast);
  EXPECT_EQ(virtual_time(kFirst, kEnd, 0, 0xffff'ffff), kFirst);
}

TEST(Work, IsTwoTo256OverTargetPlusOne) {
  EXPECT_EQ(work_of(Uint256::max()), Uint256(1));
  EXPECT_EQ(work_of(Uint256::max().saturating_sub(Uint256(1))), Uint256(1));
  EXPECT_EQ(work_of(Uint256::power_of_two(255)), Uint256(1));
  EXPECT_EQ(work_of(Uint256::power_of_two(255).saturating_sub(Uint256(1))), Uint256(2));
  EXPECT_EQ(work_of(Uint256(1)), Uint256::power_of_two(255));
  EXPECT_EQ(work_of(Uint256(2)),
            Uint256::max().divide(Uint256(3)));  // 2^256 - 1 is a multiple of 3, so floor is the same
  EXPECT_EQ(work_of(Uint256()), Uint256::max());
  EXPECT_EQ(work_of(target(0x1d00ffff)), Uint256(0x1'0001'0001));  // Bitcoin's difficulty 1
}

TEST(TaskTarget, ScalesAndSaturates) {
  EXPECT_EQ(task_target(Uint256(10), 3, 2), Uint256(15));
  EXPECT_EQ(task_target(Uint256(11), 3, 2), Uint256(16));
  EXPECT_EQ(task_target(Uint256(1), 1, 2), Uint256());
  EXPECT_EQ(task_target(Uint256::power_of_two(255), 2, 1), Uint256::max());
  EXPECT_EQ(task_target(Uint256::power_of_two(255), 0xffff'ffff, 1), Uint256::max());
}

}  // namespace
}  // namespace freezenet
