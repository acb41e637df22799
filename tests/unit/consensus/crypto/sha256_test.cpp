#include "consensus/crypto/sha256.h"

#include <utility>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"

namespace freezenet {
namespace {

std::string hex(const Hash256& hash) { return to_hex(ByteView(hash.bytes)); }

// FIPS 180-4's examples.
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Sha256, PublishedExamples) {
  EXPECT_EQ(hex(sha256(as_bytes("abc"))), kAbc);
  EXPECT_EQ(hex(sha256({})), kEmpty);
  EXPECT_EQ(hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PiecesCopiesAndRestarts) {
  Sha256 prefix;
  prefix.update(as_bytes("a"));
  Sha256 copy = prefix;
  EXPECT_EQ(hex(copy.update(as_bytes("bc")).finish()), kAbc);
  copy = prefix;
  EXPECT_EQ(hex(copy.update(as_bytes("bc")).finish()), kAbc);
  Sha256 moved = std::move(prefix);
  prefix = moved;  // a moved-from object may be assigned to
  EXPECT_EQ(hex(prefix.update(as_bytes("bc")).finish()), kAbc);
  EXPECT_EQ(hex(moved.restart().update(as_bytes("abc")).finish()), kAbc);
  EXPECT_EQ(hex(moved.restart().finish()), kEmpty);
}

TEST(Sha256, TagsSeparatePurposes) {
  // By definition, from the plain hash.
  const Hash256 tag = sha256(as_bytes("BIP0340/challenge"));
  Bytes message(tag.bytes.begin(), tag.bytes.end());
  message.insert(message.end(), tag.bytes.begin(), tag.bytes.end());
  message.push_back('x');
  EXPECT_EQ(tagged_hash("BIP0340/challenge", as_bytes("x")), sha256(message));
  EXPECT_EQ(tagged_hasher("BIP0340/challenge").update(as_bytes("x")).finish(), sha256(message));
  EXPECT_NE(tagged_hash("BIP0340/nonce", as_bytes("x")), sha256(message));
}

}  // namespace
}  // namespace freezenet
