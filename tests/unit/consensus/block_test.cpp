#include "consensus/block.h"

#include <set>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "consensus/crypto/sha256.h"

namespace freezenet {
namespace {

std::string hex(const Hash256& hash) { return to_hex(ByteView(hash.bytes)); }

template <typename T>
T filled(std::uint8_t value) {
  T result;
  result.bytes.fill(value);
  return result;
}

SealedHeader sample_header() {
  SealedHeader header;
  header.candidate = {1,
                      filled<Hash256>(1),
                      filled<Hash256>(2),
                      filled<Hash256>(3),
                      filled<Hash256>(4),
                      filled<XOnlyKey>(5),
                      1'700'000'000,
                      0x207fffff,
                      0x0123456789abcdef};
  header.trace_root = filled<Hash256>(6);
  header.model_root = filled<Hash256>(7);
  header.signature = filled<Signature>(8);
  return header;
}

Body sample_body() {
  Body body;
  for (std::uint8_t i = 0; i < 40; ++i) body.digests.push_back(sha256(Bytes{i}));
  return body;
}

template <typename T>
Bytes encoded(const T& value) {
  Writer out;
  value.encode(out);
  return out.take();
}

TEST(Block, HeadersHaveTheirFixedSizes) {
  EXPECT_EQ(encoded(sample_header().candidate).size(), CandidateHeader::kSize);
  EXPECT_EQ(encoded(sample_header()).size(), SealedHeader::kSize);
  EXPECT_EQ(SealedHeader::kSize, 312U);
}

TEST(Block, HeaderComesBackFromItsEncoding) {
  const Bytes data = encoded(sample_header());
  EXPECT_EQ(SealedHeader::decode(data), sample_header());
  for (std::size_t n = 0; n < data.size(); ++n) {
    const auto decoded = SealedHeader::decode(ByteView(data).first(n));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, RejectCode::kTruncated);
  }
  Bytes longer = data;
  longer.push_back(0);
  ASSERT_FALSE(SealedHeader::decode(longer));
  EXPECT_EQ(SealedHeader::decode(longer).error().code, RejectCode::kTrailingBytes);
}

// From an independent implementation in Python.
TEST(Block, GoldenHashes) {
  const SealedHeader header = sample_header();
  EXPECT_EQ(hex(header.candidate.candidate_hash()), "3c55212e424ba2abc83c34dee5a617e83dbdc44f871075bbf66a0c8d6f104941");
  EXPECT_EQ(hex(header.block_hash()), "9b6c7ae09a61cf674dbb0f3b87115038c40d62d6c4d5b0ae755e0de922800ab7");
  EXPECT_EQ(hex(Body{}.body_root()), "193a629d473650af556197a1e99a20b229c3e292649a5693a570cf06ce7af9a2");
  EXPECT_EQ(hex(sample_body().trace_root()), "9b18b688964677a62872b04f3327e025aa5c650b9b6061f4161053fe189c1914");
}

TEST(Block, EveryByteDecodesToItsOwnHeaderAndHash) {
  const Bytes original = encoded(sample_header());
  std::set<std::string> candidates{hex(sample_header().candidate.candidate_hash())};
  std::set<std::string> blocks{hex(sample_header().block_hash())};
  for (std::size_t i = 0; i < original.size(); ++i) {
    Bytes data = original;
    data[i] ^= 0x40;
    const auto header = SealedHeader::decode(data);
    ASSERT_TRUE(header);
    EXPECT_EQ(encoded(*header), data);
    // The candidate's bytes change both hashes, the roots only the block's, the signature neither.
    EXPECT_EQ(candidates.insert(hex(header->candidate.candidate_hash())).second, i < CandidateHeader::kSize) << i;
    EXPECT_EQ(blocks.insert(hex(header->block_hash())).second, i < CandidateHeader::kSize + 64) << i;
  }
}

TEST(Block, BodyComesBackFromItsEncoding) {
  for (const Body& body : {Body{}, sample_body()}) {
    const Bytes data = encoded(body);
    EXPECT_EQ(Body::decode(data), body);
    for (std::size_t n = 0; n < data.size(); ++n) EXPECT_FALSE(Body::decode(ByteView(data).first(n))) << n;
    Bytes longer = data;
    longer.push_back(0);
    EXPECT_FALSE(Body::decode(longer));
  }
}

RejectCode body_fault(const Bytes& data) {
  const auto body = Body::decode(data);
  EXPECT_FALSE(body);
  return body ? RejectCode::kCancelled : body.error().code;
}

TEST(Block, BodyRefusesWhatThisReleaseDoesNotHave) {
  EXPECT_EQ(body_fault({1, 0, 0}), RejectCode::kTruncated);
  EXPECT_EQ(body_fault({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), RejectCode::kTooLarge);
  EXPECT_EQ(body_fault({0, 1, 0}), RejectCode::kSharesNotActive);
  EXPECT_EQ(body_fault({0, 0, 1}), RejectCode::kTruncated);
  EXPECT_EQ(body_fault({0xfd, 0, 0, 0, 0}), RejectCode::kNonCanonicalSize);
  EXPECT_EQ(body_fault({0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff}), RejectCode::kTooLarge);
  EXPECT_EQ(body_fault({0, 0, 0, 0}), RejectCode::kTrailingBytes);
  EXPECT_EQ(body_fault({}), RejectCode::kTruncated);
  EXPECT_EQ(body_fault(Bytes(Body::kMaxSize + 1)), RejectCode::kTooLarge);
}

TEST(Block, BodyRootStandsBeforeTheWork) {
  EXPECT_EQ(Body{}.body_root(), sample_body().body_root()) << "digests are committed to by trace_root alone";
  EXPECT_NE(Body{}.trace_root(), sample_body().trace_root());
  EXPECT_EQ(Body{}.trace_root(), empty_merkle_root());
}

}  // namespace
}  // namespace freezenet
