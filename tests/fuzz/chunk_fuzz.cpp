#include "consensus/crypto/merkle.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {
namespace {

/// One byte becomes another, where the place lies in the data.
void damage(Bytes& data, Input& in) {
  const std::size_t at = in.integer<std::uint16_t>();
  if (at < data.size()) data[at] ^= in.byte();
}

}  // namespace

/// A true tree, of which the peer shows one chunk: as it is, or changed somewhere. The last chunk is the interesting
/// one, since it is short and promoted; the others must be 64 KiB long.
void chunk(ByteView input) {
  Input in(input);
  const std::uint64_t width = 1 + in.byte() % 40;
  const std::size_t length = 1 + in.integer<std::uint16_t>() % 256;
  const std::uint64_t total = (width - 1) * kChunkSize + length;
  std::uint64_t index = in.byte() % 2 == 0 ? width - 1 : in.byte() % width;
  Bytes data(index == width - 1 ? length : kChunkSize, in.byte());
  std::vector<Hash256> leaves(static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < leaves.size(); ++i) leaves[i].bytes[0] = static_cast<std::uint8_t>(i);
  leaves[static_cast<std::size_t>(index)] = merkle_leaf(data);
  const Hash256 root = merkle_root(leaves, total);
  MerkleProof proof = prove_chunk(leaves, static_cast<std::size_t>(index));
  require(check_chunk(root, total, index, data, proof).has_value(), "a true chunk is accepted");

  std::uint64_t claimed_total = total;
  for (int changes = in.byte() % 4; changes > 0; --changes) {
    switch (in.byte() % 7) {
      case 0: index = in.integer<std::uint64_t>(); break;
      case 1: claimed_total = in.integer<std::uint64_t>(); break;
      case 2: damage(data, in); break;
      case 3: data.resize(in.integer<std::uint16_t>()); break;
      case 4: proof.siblings.resize(in.byte() % 64); break;
      case 5:
        if (!proof.siblings.empty())
          proof.siblings[in.byte() % proof.siblings.size()].bytes[in.byte() % 32] ^= in.byte();
        break;
      case 6: index ^= in.byte(); break;
    }
  }
  const auto checked = check_chunk(root, claimed_total, index, data, proof);
  if (!checked) return require_refusal(checked.error(), Blame::kSender, {RejectCode::kBadChunk});
  require(claimed_total == total && index < width, "an accepted chunk lies in the data");
  require(merkle_leaf(data) == leaves[static_cast<std::size_t>(index)], "an accepted chunk is the chunk of this index");
  require(proof.siblings == prove_chunk(leaves, static_cast<std::size_t>(index)).siblings, "a chunk has one proof");
}

}  // namespace freezenet::fuzz
