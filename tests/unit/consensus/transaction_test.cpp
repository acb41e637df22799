#include "consensus/transaction.h"

#include <limits>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "tests/unit/consensus/chain/chain_builder.h"

namespace freezenet {
namespace {

const Hash256 kGenesis = hash_of(1);

Transaction transfer(std::uint64_t amount = 5, std::uint64_t fee = 2, std::uint64_t nonce = 3) {
  Transaction t{{}, nonce, fee, Transfer{test_key(2).public_key(), amount}, {}};
  t.sign(test_key(1), kGenesis);
  return t;
}

Transaction claim() {
  Transaction t{{}, 0, 9, Claim{hash_of(4), ClaimScheme::kTriggerSet, hash_of(5)}, {}};
  t.sign(test_key(1), kGenesis);
  return t;
}

Bytes encoded(const Transaction& t) {
  Writer out;
  t.encode(out);
  return out.take();
}

RejectCode fault(const Bytes& data) {
  const auto decoded = Transaction::decode(data);
  EXPECT_FALSE(decoded);
  return decoded ? RejectCode::kCancelled : decoded.error().code;
}

TEST(Transaction, EachKindHasOneEncodingOfAKnownSize) {
  for (const Transaction& t : {transfer(), claim()}) {
    const Bytes data = encoded(t);
    EXPECT_EQ(data.size(), t.size());
    const auto decoded = Transaction::decode(data);
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(*decoded, t);
    EXPECT_EQ(decoded->id(), t.id());
    for (std::size_t length = 0; length < data.size(); ++length) {
      EXPECT_EQ(fault(Bytes(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(length))), RejectCode::kTruncated);
    }
    Bytes longer = data;
    longer.push_back(0);
    EXPECT_EQ(fault(longer), RejectCode::kTrailingBytes);
  }
  EXPECT_EQ(encoded(transfer()).size(), Transaction::kMinSize);
  EXPECT_EQ(encoded(claim()).size(), Transaction::kMaxSize);
}

TEST(Transaction, RefusesWhatNoEncoderWrites) {
  Bytes data = encoded(transfer());
  for (const int kind : {0, 3, 255}) {
    data[0] = static_cast<std::uint8_t>(kind);
    EXPECT_EQ(fault(data), RejectCode::kBadEncoding);
  }
  data = encoded(claim());
  for (const int scheme : {0, 5, 255}) {
    data[1 + 32 + 8 + 8 + 32] = static_cast<std::uint8_t>(scheme);
    EXPECT_EQ(fault(data), RejectCode::kBadEncoding);
  }
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(fault(encoded(transfer(0))), RejectCode::kBadEncoding);
  EXPECT_EQ(fault(encoded(transfer(kMost, 1))), RejectCode::kBadEncoding);
  EXPECT_EQ(fault(encoded(transfer(1, 1, kMost))), RejectCode::kBadEncoding);
  EXPECT_EQ(Transaction::decode(encoded(transfer(kMost - 1, 1, kMost - 1)))->spent(), kMost);
}

TEST(Transaction, TheSignatureIsTheSendersAndOfOneNetwork) {
  for (const Transaction& good : {transfer(), claim()}) {
    EXPECT_TRUE(good.check_signature(kGenesis));
    EXPECT_EQ(good.check_signature(hash_of(2)).error().code, RejectCode::kBadSignature);
    // Every byte that the signature covers: all but itself.
    const Bytes data = encoded(good);
    for (std::size_t i = 1; i < data.size(); ++i) {
      Bytes changed = data;
      changed[i] ^= 1;
      const auto other = Transaction::decode(changed);
      if (!other) continue;  // a scheme that does not exist
      EXPECT_FALSE(other->check_signature(kGenesis)) << i;
      EXPECT_NE(other->id(), good.id()) << i;
    }
  }
}

TEST(Transaction, SchemesHaveNames) {
  for (const auto scheme :
       {ClaimScheme::kGradSigns, ClaimScheme::kDeepWater, ClaimScheme::kTriggerSet, ClaimScheme::kNullEmbedding}) {
    EXPECT_EQ(claim_scheme(name(scheme)), scheme);
  }
  EXPECT_FALSE(claim_scheme("watermark"));
}

// The first transactions of the network, written down so that a change of the encoding is seen.
TEST(Transaction, GoldenIds) {
  EXPECT_EQ(to_hex(transfer().id()), "88cb01f82d848500ea8a33bda7e6fa9b4e3ec94ca87f75d5e4fbdd87d7540824");
  EXPECT_EQ(to_hex(claim().id()), "4f43345f38d0123257c9cced1d70a9e8475f8b766267abf03f58c1f0226c343b");
}

}  // namespace
}  // namespace freezenet
