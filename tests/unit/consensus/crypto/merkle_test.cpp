#include "consensus/crypto/merkle.h"

#include <set>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"

namespace freezenet {
namespace {

std::string hex(const Hash256& hash) { return to_hex(ByteView(hash.bytes)); }

Bytes patterned(std::size_t size) {
  Bytes data(size);
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::uint8_t>(i % 251);
  return data;
}

ByteView chunk_of(const Bytes& data, std::size_t index) {
  const std::size_t at = index * kChunkSize;
  return ByteView(data).subspan(at, std::min(kChunkSize, data.size() - at));
}

std::vector<Hash256> leaves_of(const Bytes& data) {
  std::vector<Hash256> leaves;
  for (std::size_t i = 0; i < chunk_count(data.size()); ++i) leaves.push_back(merkle_leaf(chunk_of(data, i)));
  return leaves;
}

/// Leaves over the single bytes 0, 1, ..., n - 1.
std::vector<Hash256> byte_leaves(std::size_t n) {
  std::vector<Hash256> leaves;
  for (std::size_t i = 0; i < n; ++i) leaves.push_back(merkle_leaf(Bytes{static_cast<std::uint8_t>(i)}));
  return leaves;
}

// From an independent implementation of the definition in Python.
TEST(Merkle, Golden) {
  EXPECT_EQ(hex(empty_merkle_root()), "f35a21a7b274df096e54d0950027b5d10b346d32770d1e887b6e571f69b5164e");
  EXPECT_EQ(hex(merkle_root(byte_leaves(1), 1)), "0a724eac7c92ace0b8d6466670d1ad1526bd5c28985b09e064c812e1c3ee8192");
  EXPECT_EQ(hex(merkle_root(byte_leaves(2), 2)), "b75491ea18dd6959d5968e18f96ede2acf714d07605e777a1d13f11e69ee876c");
  EXPECT_EQ(hex(merkle_root(byte_leaves(3), 3)), "fb608562bf5e8e8dc2acc790ae4318db746e4d88dad18c93b501c117b2158653");
  EXPECT_EQ(hex(merkle_root(byte_leaves(5), 5)), "2617aa3f3457c41a33dc3e5d5aecba84af30c8e90444eed902981ef6fa32e611");
  EXPECT_EQ(hex(chunked_root(patterned(200'000))), "072a7aab9e7bfac1480236cf77c969f394404949cb0a28da76c86e9378c59035");
}

TEST(Merkle, AnOddNodeIsNotDoubled) {
  std::vector<Hash256> three = byte_leaves(3);
  std::vector<Hash256> four = three;
  four.push_back(three.back());
  EXPECT_NE(merkle_root(three, 3), merkle_root(four, 3));
}

TEST(Merkle, TheLengthIsPartOfTheRoot) {
  EXPECT_NE(merkle_root(byte_leaves(3), 3), merkle_root(byte_leaves(3), 4));
  // An inner node is no leaf, and a list of one is not its element.
  EXPECT_NE(hash_list_root(byte_leaves(1)), byte_leaves(1)[0]);
}

TEST(Merkle, DifferentListsHaveDifferentRoots) {
  std::set<std::string> roots;
  for (std::size_t n = 0; n <= 40; ++n) EXPECT_TRUE(roots.insert(hex(hash_list_root(byte_leaves(n)))).second) << n;
  EXPECT_EQ(hash_list_root({}), empty_merkle_root());
  EXPECT_EQ(chunked_root({}), empty_merkle_root());
}

TEST(Merkle, ChunkCount) {
  EXPECT_EQ(chunk_count(0), 0U);
  EXPECT_EQ(chunk_count(1), 1U);
  EXPECT_EQ(chunk_count(kChunkSize), 1U);
  EXPECT_EQ(chunk_count(kChunkSize + 1), 2U);
  EXPECT_EQ(chunk_count(~0ULL), (1ULL << 48));
}

TEST(Merkle, EveryChunkProvesItselfAndNothingElse) {
  for (const std::size_t chunks : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U, 13U}) {
    const Bytes data = patterned((chunks - 1) * kChunkSize + 1000);
    const Hash256 root = chunked_root(data);
    const std::vector<Hash256> leaves = leaves_of(data);
    ASSERT_EQ(merkle_root(leaves, data.size()), root);
    for (std::size_t i = 0; i < chunks; ++i) {
      const MerkleProof proof = prove_chunk(leaves, i);
      EXPECT_TRUE(check_chunk(root, data.size(), i, chunk_of(data, i), proof));
      for (std::size_t j = 0; j < chunks + 2; ++j) {
        EXPECT_EQ(check_chunk(root, data.size(), j, chunk_of(data, i), proof).has_value(), j == i)
            << chunks << ' ' << i << ' ' << j;
      }
    }
  }
}

TEST(Merkle, AnyChangeToChunkOrProofIsRefused) {
  const Bytes data = patterned(4 * kChunkSize + 77);
  const Hash256 root = chunked_root(data);
  const std::vector<Hash256> leaves = leaves_of(data);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const MerkleProof proof = prove_chunk(leaves, i);
    const ByteView good = chunk_of(data, i);
    const auto refused = [&](const Hash256& r, std::uint64_t total, ByteView chunk, const MerkleProof& p) {
      const auto result = check_chunk(r, total, i, chunk, p);
      return !result && result.error().code == RejectCode::kBadChunk;
    };
    Bytes bent(good.begin(), good.end());
    bent[bent.size() / 2] ^= 1;
    EXPECT_TRUE(refused(root, data.size(), bent, proof));
    EXPECT_TRUE(refused(root, data.size(), good.first(good.size() - 1), proof));
    EXPECT_TRUE(refused(root, data.size() + 1, good, proof));
    EXPECT_TRUE(refused(root, data.size() - 1, good, proof));
    for (std::size_t s = 0; s < proof.siblings.size(); ++s) {
      MerkleProof wrong = proof;
      wrong.siblings[s].bytes[0] ^= 1;
      EXPECT_TRUE(refused(root, data.size(), good, wrong));
      if (s > 0) {
        wrong = proof;
        std::swap(wrong.siblings[s], wrong.siblings[s - 1]);
        EXPECT_TRUE(refused(root, data.size(), good, wrong));
      }
    }
    MerkleProof shorter = proof;
    shorter.siblings.pop_back();
    EXPECT_TRUE(refused(root, data.size(), good, shorter));
    MerkleProof longer = proof;
    longer.siblings.push_back({});
    EXPECT_TRUE(refused(root, data.size(), good, longer));
    Hash256 other_root = root;
    other_root.bytes[31] ^= 0x80;
    EXPECT_TRUE(refused(other_root, data.size(), good, proof));
  }
}

TEST(Merkle, ARootOverChunksOfOtherLengthsProvesNone) {
  // Whoever makes a root may hash anything into it; the right count and total alone must not open the door.
  const Bytes data = patterned(kChunkSize + 77);
  const ByteView view(data);
  const ByteView chunks[] = {view.first(100), view.subspan(100)};
  const std::vector<Hash256> leaves{merkle_leaf(chunks[0]), merkle_leaf(chunks[1])};
  const Hash256 root = merkle_root(leaves, data.size());
  for (const std::size_t i : {0U, 1U})
    EXPECT_FALSE(check_chunk(root, data.size(), i, chunks[i], prove_chunk(leaves, i)));
}

TEST(Merkle, NothingProvesAChunkOfNothing) {
  EXPECT_FALSE(check_chunk(empty_merkle_root(), 0, 0, {}, {}));
  const Bytes one{1};
  EXPECT_FALSE(check_chunk(chunked_root(one), 1, ~0ULL, one, {}));
}

}  // namespace
}  // namespace freezenet
