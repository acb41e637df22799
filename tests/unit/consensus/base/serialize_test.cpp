#include "consensus/base/serialize.h"

#include <bit>
#include <limits>

#include <gtest/gtest.h>

namespace freezenet {
namespace {

constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();

RejectCode code_of(Reader& in) {
  const auto done = in.finish();
  EXPECT_FALSE(done);
  return done ? RejectCode::kCancelled : done.error().code;
}

TEST(Serialize, FieldsComeBackInOrder) {
  Hash256 hash;
  hash.bytes[5] = 9;
  Writer out;
  out.integer(std::uint8_t{1}).integer(std::uint16_t{0x0203}).integer(std::uint32_t{0x04050607});
  out.integer(std::uint64_t{0x08090a0b0c0d0e0f}).hash(hash).float_bits(-0.5F).text("name").sized_bytes(Bytes{7, 8});
  Reader in(out.data());
  EXPECT_EQ(in.integer<std::uint8_t>(), 1);
  EXPECT_EQ(in.integer<std::uint16_t>(), 0x0203);
  EXPECT_EQ(in.integer<std::uint32_t>(), 0x04050607U);
  EXPECT_EQ(in.integer<std::uint64_t>(), 0x08090a0b0c0d0e0fU);
  EXPECT_EQ(in.hash(), hash);
  EXPECT_EQ(in.float_bits(), -0.5F);
  EXPECT_EQ(in.text(4), "name");
  const ByteView tail = in.sized_bytes(2);
  EXPECT_EQ(Bytes(tail.begin(), tail.end()), (Bytes{7, 8}));
  EXPECT_TRUE(in.finish());
}

TEST(Serialize, IntegersAreLittleEndian) {
  Writer out;
  out.integer(std::uint32_t{0x01020304});
  EXPECT_EQ(out.data(), (Bytes{4, 3, 2, 1}));
}

TEST(Serialize, FloatsKeepEveryBit) {
  for (const std::uint32_t bits : {0x7fc0'1234U, 0x8000'0000U, 0x0000'0001U, 0xff80'0000U}) {
    Writer out;
    out.float_bits(std::bit_cast<float>(bits));
    Reader in(out.data());
    EXPECT_EQ(std::bit_cast<std::uint32_t>(in.float_bits()), bits);
  }
}

TEST(Serialize, CompactSizeHasItsShortestForm) {
  struct Case {
    std::uint64_t value;
    std::size_t length;
  };
  for (const auto [value, length] : {Case{0, 1},
                                     {0xfc, 1},
                                     {0xfd, 3},
                                     {0xffff, 3},
                                     {0x1'0000, 5},
                                     {0xffff'ffff, 5},
                                     {0x1'0000'0000, 9},
                                     {kAny, 9}}) {
    Writer out;
    out.compact_size(value);
    EXPECT_EQ(out.data().size(), length) << value;
    Reader in(out.data());
    EXPECT_EQ(in.count(kAny, 0), value);
    EXPECT_TRUE(in.finish());
  }
}

TEST(Serialize, LongerFormsOfACountAreRefused) {
  const std::vector<Bytes> longer{
      {0xfd, 0xfc, 0x00},
      {0xfe, 0xff, 0xff, 0x00, 0x00},
      {0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00},
      {0xfd, 0x00, 0x00},
  };
  for (const Bytes& data : longer) {
    Reader in(data);
    EXPECT_EQ(in.count(kAny, 0), 0U);
    EXPECT_EQ(code_of(in), RejectCode::kNonCanonicalSize);
  }
}

TEST(Serialize, CountsAreBoundedBeforeAnythingIsReserved) {
  const Bytes huge{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  Reader over_limit(huge);
  EXPECT_EQ(over_limit.count(1000, 1), 0U);
  EXPECT_EQ(code_of(over_limit), RejectCode::kTooLarge);
  Reader over_input(huge);
  EXPECT_EQ(over_input.count(kAny, 32), 0U);
  EXPECT_EQ(code_of(over_input), RejectCode::kTruncated);

  Bytes two_hashes(1 + 64);
  two_hashes[0] = 2;
  Reader fits(two_hashes);
  EXPECT_EQ(fits.count(2, 32), 2U);
  two_hashes[0] = 3;
  Reader too_many(two_hashes);
  EXPECT_EQ(too_many.count(3, 32), 0U);
  EXPECT_EQ(code_of(too_many), RejectCode::kTruncated);
}

TEST(Serialize, TheFirstErrorStaysAndLaterReadsAreEmpty) {
  const Bytes data{1, 2, 3};
  Reader in(data);
  EXPECT_EQ(in.integer<std::uint32_t>(), 0U);
  EXPECT_TRUE(in.failed());
  EXPECT_EQ(in.left(), 0U);
  EXPECT_EQ(in.integer<std::uint8_t>(), 0U);
  EXPECT_TRUE(in.hash().is_zero());
  in.fail(RejectCode::kBadEncoding, "later");
  EXPECT_EQ(code_of(in), RejectCode::kTruncated);
}

TEST(Serialize, BytesLeftOverAreAnErrorOfFinishOnly) {
  const Bytes data{1, 2};
  Reader in(data);
  in.integer<std::uint8_t>();
  EXPECT_TRUE(in.status());
  EXPECT_EQ(in.left(), 1U);
  EXPECT_EQ(code_of(in), RejectCode::kTrailingBytes);
}

TEST(Serialize, EveryTruncationIsNoticed) {
  Writer out;
  out.integer(std::uint64_t{5}).text("abc").hash({});
  for (std::size_t n = 0; n < out.data().size(); ++n) {
    Reader in(ByteView(out.data()).first(n));
    in.integer<std::uint64_t>();
    in.text(3);
    in.hash();
    EXPECT_EQ(code_of(in), RejectCode::kTruncated) << n;
  }
}

}  // namespace
}  // namespace freezenet
