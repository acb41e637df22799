#include "consensus/base/hex.h"

#include <gtest/gtest.h>

namespace freezenet {
namespace {

TEST(Hex, BytesInTheirOrder) {
  const Bytes data{0x00, 0x0f, 0xa5, 0xff};
  EXPECT_EQ(to_hex(ByteView(data)), "000fa5ff");
  EXPECT_EQ(bytes_from_hex("000fa5ff"), data);
  EXPECT_EQ(bytes_from_hex("000FA5Ff"), data);
  EXPECT_EQ(bytes_from_hex(""), Bytes{});
}

TEST(Hex, HashIsShownAsAnInteger) {
  Hash256 hash;
  hash.bytes[0] = 0x12;  // the least significant byte
  hash.bytes[31] = 0xab;
  const std::string text = "ab" + std::string(60, '0') + "12";
  EXPECT_EQ(to_hex(hash), text);
  EXPECT_EQ(hash_from_hex(text), hash);
}

TEST(Hex, RefusesEverythingElse) {
  for (const char* text : {"0", "0g", "g0", " 0", "0x00", "00 ", "\x80\x80"})
    EXPECT_FALSE(bytes_from_hex(text)) << text;
  EXPECT_FALSE(hash_from_hex(std::string(62, '0')));
  EXPECT_FALSE(hash_from_hex(std::string(66, '0')));
  EXPECT_FALSE(hash_from_hex(std::string(63, '0') + "x"));
}

TEST(Bytes, HashesCompareAsLittleEndianIntegers) {
  Hash256 low;
  Hash256 high;
  low.bytes[0] = 0xff;
  high.bytes[31] = 0x01;
  EXPECT_LT(low, high);
  EXPECT_TRUE(Hash256{}.is_zero());
  EXPECT_FALSE(high.is_zero());
}

}  // namespace
}  // namespace freezenet
