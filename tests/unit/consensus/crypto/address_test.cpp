#include "consensus/crypto/address.h"

#include <fstream>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "tests/unit/source_dir.h"

namespace freezenet {
namespace {

struct Vector {
  bool valid = false;
  std::string text;
};

std::vector<Vector> vectors() {
  std::ifstream file(test::source_dir() + "/tests/vectors/bip350.txt");
  std::vector<Vector> all;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t start = line.find(' ') + 1;
    Vector vector{line.starts_with("valid "), line.substr(start, line.find(' ', start) - start)};
    if (const std::size_t at = vector.text.find("\\x"); at != std::string::npos) {
      const int value = std::stoi(vector.text.substr(at + 2, 2), nullptr, 16);
      vector.text.replace(at, 4, 1, static_cast<char>(value));
    }
    all.push_back(std::move(vector));
  }
  return all;
}

TEST(Address, VectorsOfBip350) {
  int valid = 0;
  int invalid = 0;
  for (const Vector& vector : vectors()) {
    const auto decoded = decode_bech32m(vector.text);
    EXPECT_EQ(decoded.has_value(), vector.valid) << vector.text;
    ++(vector.valid ? valid : invalid);
    if (!decoded) continue;
    std::string lower = vector.text;
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(encode_bech32m(*decoded), lower);
  }
  EXPECT_EQ(valid, 7);
  EXPECT_EQ(invalid, 14);
}

/// The address of BIP350 for the generator point: witness version 1 and 32 bytes, in the same grouping of bits as ours.
TEST(Address, GroupsAreThoseOfSegwit) {
  const auto decoded = decode_bech32m("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0");
  ASSERT_TRUE(decoded);
  Bech32m ours = *decoded;
  ours.groups[0] = 0;
  const auto key = decode_address("bc", encode_bech32m(ours));
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(to_hex(*key), "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
  EXPECT_EQ(encode_address("bc", *key), encode_bech32m(ours));
}

XOnlyKey some_key() {
  XOnlyKey key;
  for (std::size_t i = 0; i < 32; ++i) key.bytes[i] = static_cast<std::uint8_t>(i * 37 + 1);
  return key;
}

TEST(Address, ComesBackOnItsOwnNetworkOnly) {
  for (const char* hrp : {"fz", "tfz", "fzrt"}) {
    const std::string text = encode_address(hrp, some_key());
    EXPECT_EQ(text.substr(0, text.rfind('1')), hrp);
    EXPECT_EQ(decode_address(hrp, text), some_key());
    std::string upper = text;
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(decode_address(hrp, upper), some_key());
    const auto wrong = decode_address("other", text);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, RejectCode::kBadEncoding);
    EXPECT_NE(wrong.error().detail.find(hrp), std::string::npos);
  }
}

TEST(Address, AnyOtherCharacterIsNoticed) {
  const std::string text = encode_address("fz", some_key());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : std::string("qpzry9x8gf2tvdw0s3jn54khce6mua7l1bQ ")) {
      if (c == text[i]) continue;
      std::string wrong = text;
      wrong[i] = c;
      EXPECT_FALSE(decode_address("fz", wrong)) << wrong;
    }
    EXPECT_FALSE(decode_address("fz", text.substr(0, i)));
  }
}

TEST(Address, VersionLengthAndPaddingAreChecked) {
  const auto good = decode_bech32m(encode_address("fz", some_key()));
  ASSERT_TRUE(good);
  Bech32m version = *good;
  version.groups[0] = 1;
  EXPECT_FALSE(decode_address("fz", encode_bech32m(version)));
  Bech32m longer = *good;
  longer.groups.push_back(0);
  EXPECT_FALSE(decode_address("fz", encode_bech32m(longer)));
  Bech32m shorter = *good;
  shorter.groups.pop_back();
  EXPECT_FALSE(decode_address("fz", encode_bech32m(shorter)));
  for (const std::uint8_t bit : Bytes{1, 2, 4, 8}) {  // the low four bits of the last group carry nothing
    Bech32m padded = *good;
    padded.groups.back() ^= bit;
    EXPECT_FALSE(decode_address("fz", encode_bech32m(padded)));
  }
}

}  // namespace
}  // namespace freezenet
