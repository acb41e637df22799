#include "tests/golden/plain_sha256.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"

namespace freezenet::golden {
namespace {

std::string hex_of(ByteView message) {
  PlainSha256 hash;
  hash.update(message);
  return to_hex(ByteView(hash.finish().bytes));
}

/// NIST's examples for FIPS 180-4 (csrc.nist.gov, "Cryptographic Standards and Guidelines: Example Values"): one block,
/// two, two with the padding alone in the second, many; and the two short messages beside them.
TEST(PlainSha256, PublishedExamples) {
  EXPECT_EQ(hex_of(as_bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_of(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(
      hex_of(as_bytes("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmn"
                      "opqrsmnopqrstnopqrstu")),
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(hex_of(Bytes(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(hex_of({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_of(Bytes{0xBD}), "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b");
}

/// Of every length up to three blocks and of some longer ones, whole and in pieces. The other side is OpenSSL in a
/// build for this machine; in one with sha256_stand_in.cpp it is the stand-in, whose own part is then what is tried.
TEST(PlainSha256, AgreesWithTheProductsHash) {
  std::mt19937 random(1);
  for (std::size_t i = 0; i < 220; ++i) {
    Bytes message(i < 200 ? i : random() % 5000);
    for (std::uint8_t& byte : message) byte = static_cast<std::uint8_t>(random());
    const std::string expected = to_hex(ByteView(sha256(message).bytes));
    ASSERT_EQ(hex_of(message), expected) << message.size() << " bytes";

    PlainSha256 pieces;
    for (ByteView rest = message; !rest.empty();) {
      const std::size_t n = std::min<std::size_t>(rest.size(), 1 + random() % 100);
      const PlainSha256 forked = pieces;
      pieces = forked;
      pieces.update(rest.first(n));
      rest = rest.subspan(n);
    }
    ASSERT_EQ(to_hex(ByteView(pieces.finish().bytes)), expected) << message.size() << " bytes";
  }
}

}  // namespace
}  // namespace freezenet::golden
