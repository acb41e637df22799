#include "consensus/crypto/counter_hash.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"

namespace freezenet {
namespace {

/// FIPS 180-4 section 5.1.1, for a message of one block.
Bytes padded(ByteView message) {
  Bytes block(64);
  std::copy(message.begin(), message.end(), block.begin());
  block[message.size()] = 0x80;
  block[62] = static_cast<std::uint8_t>(8 * message.size() >> 8);
  block[63] = static_cast<std::uint8_t>(8 * message.size());
  return block;
}

Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
  Bytes data(size);
  for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
  return data;
}

Counter random_counter(std::mt19937_64& random) {
  Counter counter{};
  for (auto& byte : counter) byte = static_cast<std::uint8_t>(random());
  return counter;
}

class Sha256Hardware : public ::testing::Test {
 protected:
  void SetUp() override {
    if (hash_ == nullptr) GTEST_SKIP() << "this processor has no instructions for SHA-256";
  }
  const sha256_hardware::SingleBlocks hash_ = sha256_hardware::single_blocks();
};

/// NIST's example of one block (csrc.nist.gov), and the shortest messages of its test vectors.
TEST_F(Sha256Hardware, PublishedExamples) {
  const auto hex_of = [&](ByteView message) {
    Hash256 hash;
    hash_(padded(message).data(), 1, hash.bytes.data());
    return to_hex(ByteView(hash.bytes));
  };
  EXPECT_EQ(hex_of(as_bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_of({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_of(Bytes{0xBD}), "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b");
}

TEST_F(Sha256Hardware, EveryLengthAndNumberOfBlocksAgreesWithTheProductsHash) {
  std::mt19937_64 random(1);
  for (std::size_t length = 0; length <= 55; ++length) {
    for (std::size_t count = 0; count <= 5; ++count) {
      Bytes blocks(1), hashes(1 + 32 * count + 1, 0xAA), expected = hashes;  // at odd addresses
      for (std::size_t i = 0; i < count; ++i) {
        const Bytes message = random_bytes(random, length);
        const Bytes block = padded(message);
        blocks.insert(blocks.end(), block.begin(), block.end());
        const Hash256 hash = sha256(message);
        std::copy(hash.bytes.begin(), hash.bytes.end(), expected.begin() + static_cast<std::ptrdiff_t>(1 + 32 * i));
      }
      hash_(blocks.data() + 1, count, hashes.data() + 1);
      ASSERT_EQ(hashes, expected) << count << " messages of " << length << " bytes";
    }
  }
}

TEST(CounterHash, AddingCarries) {
  Counter counter;
  counter.fill(0xFF);
  add(counter, 1);
  EXPECT_EQ(counter, Counter{});
  add(counter, 0x0102'0304'0506'0708);
  const std::array<std::uint8_t, 8> expected{1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), counter.end() - 8));

  Counter at_once{}, one_by_one{};
  at_once[53] = one_by_one[53] = 0xFE;
  add(at_once, 1000);
  for (int i = 0; i < 1000; ++i) add(one_by_one, 1);
  EXPECT_EQ(at_once, one_by_one);
  EXPECT_EQ(at_once[52], 1);

  counter.fill(0xFF);
  counter[0] = 0;
  add(counter, ~std::uint64_t{0});
  EXPECT_EQ(counter[0], 1);
  EXPECT_EQ(counter[46], 0);
  EXPECT_EQ(counter[47], 0xFF);
  EXPECT_EQ(counter[54], 0xFE);
}

/// By hardware, where there is some, and by OpenSSL, against the definition: message by message.
TEST(CounterHash, FollowsItsDefinition) {
  std::mt19937_64 random(2);
  std::vector<std::size_t> sizes{4096, 65'536};
  for (std::size_t size = 0; size < 1100; size += size < 130 ? 1 : 31) sizes.push_back(size);
  for (const std::size_t size : sizes) {
    Counter first = random_counter(random);
    if (size % 2 == 1) std::fill(first.begin() + 2, first.end(), std::uint8_t{0xFF});  // carries at once
    if (size % 3 == 1) first.back() = 0xF0;                                            // carries soon

    Bytes expected;
    for (Counter counter = first; expected.size() < size; add(counter, 1)) {
      const Hash256 hash = sha256(counter);
      expected.insert(expected.end(), hash.bytes.begin(), hash.bytes.end());
    }
    expected.resize(size);
    expected.push_back(0xAA);  // what lies behind is not touched

    for (const auto hardware : {sha256_hardware::SingleBlocks{nullptr}, sha256_hardware::single_blocks()}) {
      Bytes out(size + 1, 0xAA);
      hash_counter(first, std::span(out).first(size), hardware);
      ASSERT_EQ(out, expected) << size << " bytes, " << (hardware != nullptr ? "hardware" : "OpenSSL");
    }
    Bytes out(size + 1, 0xAA);
    hash_counter(first, std::span(out).first(size));
    ASSERT_EQ(out, expected) << size;
  }
}

}  // namespace
}  // namespace freezenet
