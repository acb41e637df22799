#include "consensus/crypto/schnorr.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "tests/unit/source_dir.h"

namespace freezenet {
namespace {

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ',');) fields.push_back(field);
  return fields;
}

template <std::size_t N>
std::array<std::uint8_t, N> array_of(const std::string& text) {
  const auto data = bytes_from_hex(text);
  EXPECT_TRUE(data && data->size() == N) << text;
  std::array<std::uint8_t, N> result{};
  if (data && data->size() == N) std::copy(data->begin(), data->end(), result.begin());
  return result;
}

TEST(Schnorr, VectorsOfBip340) {
  std::ifstream file(test::source_dir() + "/tests/vectors/bip340.csv");
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  int verified = 0;
  int signed_count = 0;
  while (std::getline(file, line)) {
    while (!line.empty() && line.back() == '\r') line.pop_back();
    const auto fields = split(line);
    ASSERT_GE(fields.size(), 7U) << line;
    if (fields[4].size() != 64) continue;  // the protocol signs hashes only
    const XOnlyKey key{array_of<32>(fields[2])};
    const Hash256 message{array_of<32>(fields[4])};
    const Signature signature{array_of<64>(fields[5])};
    EXPECT_EQ(verify_schnorr(key, message, signature), fields[6] == "TRUE") << line;
    ++verified;
    if (fields[1].empty()) continue;
    const auto secret = SecretKey::from_bytes(*bytes_from_hex(fields[1]));
    ASSERT_TRUE(secret);
    EXPECT_EQ(secret->public_key(), key) << line;
    EXPECT_EQ(secret->sign(message, Hash256{array_of<32>(fields[3])}), signature) << line;
    ++signed_count;
  }
  EXPECT_EQ(verified, 15);
  EXPECT_EQ(signed_count, 4);
}

TEST(Schnorr, KeysOutsideTheGroupAreRefused) {
  EXPECT_FALSE(SecretKey::from_bytes(Bytes(32)));
  EXPECT_FALSE(SecretKey::from_bytes(Bytes(32, 0xff)));
  EXPECT_FALSE(SecretKey::from_bytes(Bytes(31, 1)));
  EXPECT_FALSE(SecretKey::from_bytes(Bytes(33, 1)));
  // The group's order, and one below it.
  auto order = *bytes_from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  EXPECT_FALSE(SecretKey::from_bytes(order));
  order.back() -= 1;
  EXPECT_TRUE(SecretKey::from_bytes(order));
}

TEST(Schnorr, FreshKeysDifferAndSign) {
  const auto first = SecretKey::generate();
  const auto second = SecretKey::generate();
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->public_key(), second->public_key());
  Hash256 message;
  message.bytes[3] = 7;
  const Signature signature = first->sign(message);
  EXPECT_EQ(first->sign(message), signature) << "signing with the same auxiliary bytes is deterministic";
  EXPECT_TRUE(verify_schnorr(first->public_key(), message, signature));
  EXPECT_FALSE(verify_schnorr(second->public_key(), message, signature));
}

TEST(Schnorr, AnyFlippedBitIsNoticed) {
  const auto key = SecretKey::from_bytes(Bytes(32, 1));
  ASSERT_TRUE(key);
  const Hash256 message{key->public_key().bytes};
  const Signature good = key->sign(message);
  for (std::size_t i = 0; i < 64; ++i) {
    Signature bad = good;
    bad.bytes[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
    EXPECT_FALSE(verify_schnorr(key->public_key(), message, bad)) << i;
  }
  for (std::size_t i = 0; i < 32; ++i) {
    Hash256 other = message;
    other.bytes[i] ^= 1;
    EXPECT_FALSE(verify_schnorr(key->public_key(), other, good)) << i;
  }
}

}  // namespace
}  // namespace freezenet
