#include "consensus/block.h"

#include <limits>

#include "consensus/crypto/merkle.h"
#include "consensus/crypto/sha256.h"

namespace freezenet {

void CandidateHeader::encode(Writer& out) const {
  out.integer(version).hash(prev_block).hash(body_root).hash(task_id).hash(start_root);
  out.bytes(miner_key.bytes).integer(time).integer(bits).integer(nonce);
}

CandidateHeader CandidateHeader::read(Reader& in) {
  CandidateHeader header;
  header.version = in.integer<std::uint32_t>();
  header.prev_block = in.hash();
  header.body_root = in.hash();
  header.task_id = in.hash();
  header.start_root = in.hash();
  header.miner_key.bytes = in.array<32>();
  header.time = in.integer<std::uint64_t>();
  header.bits = in.integer<std::uint32_t>();
  header.nonce = in.integer<std::uint64_t>();
  return header;
}

Hash256 CandidateHeader::candidate_hash() const {
  Writer out;
  encode(out);
  return tagged_hash("FreezeNet/candidate", out.data());
}

void SealedHeader::encode(Writer& out) const {
  candidate.encode(out);
  out.hash(trace_root).hash(model_root).bytes(signature.bytes);
}

SealedHeader SealedHeader::read(Reader& in) {
  SealedHeader header;
  header.candidate = CandidateHeader::read(in);
  header.trace_root = in.hash();
  header.model_root = in.hash();
  header.signature.bytes = in.array<64>();
  return header;
}

Result<SealedHeader> SealedHeader::decode(ByteView data) {
  Reader in(data);
  SealedHeader header = read(in);
  if (auto done = in.finish(); !done) return tl::unexpected<Reject>(done.error());
  return header;
}

Hash256 SealedHeader::block_hash() const {
  Writer out;
  candidate.encode(out);
  out.hash(trace_root).hash(model_root);
  return tagged_hash("FreezeNet/block", out.data());
}

void Body::encode(Writer& out) const {
  out.compact_size(transactions.size());
  for (const Transaction& transaction : transactions) transaction.encode(out);
  out.compact_size(0);  // shares
  out.compact_size(digests.size());
  for (const Hash256& digest : digests) out.hash(digest);
}

Result<Body> Body::decode(ByteView data) {
  if (data.size() > kMaxSize) return reject(RejectCode::kTooLarge, std::to_string(data.size()) + " bytes of body");
  Reader in(data);
  constexpr auto kAny = std::numeric_limits<std::uint64_t>::max();
  Body body;
  const std::size_t transactions = in.count(kMaxSize / Transaction::kMinSize, Transaction::kMinSize);
  body.transactions.reserve(transactions);
  for (std::size_t i = 0; i < transactions && !in.failed(); ++i) body.transactions.push_back(Transaction::read(in));
  if (in.count(kAny, 0) != 0) in.fail(RejectCode::kSharesNotActive, "the body lists shares");
  body.digests.resize(in.count(kMaxSize / 32, 32));
  for (Hash256& digest : body.digests) digest = in.hash();
  if (auto done = in.finish(); !done) return tl::unexpected<Reject>(done.error());
  return body;
}

Hash256 Body::body_root() const {
  std::vector<Hash256> ids;
  ids.reserve(transactions.size());
  for (const Transaction& transaction : transactions) ids.push_back(transaction.id());
  const Hash256 tx_root = hash_list_root(ids);
  const Hash256 shares_root = hash_list_root({});
  Writer out;
  out.hash(tx_root).hash(shares_root);
  return tagged_hash("FreezeNet/body", out.data());
}

Hash256 Body::trace_root() const { return hash_list_root(digests); }

std::optional<std::uint64_t> Body::fees() const {
  std::uint64_t sum = 0;
  for (const Transaction& transaction : transactions) {
    if (transaction.fee > std::numeric_limits<std::uint64_t>::max() - sum) return std::nullopt;
    sum += transaction.fee;
  }
  return sum;
}

}  // namespace freezenet
