#include "daemon/storage/chain_rows.h"

#include <algorithm>
#include <limits>

#include "consensus/crypto/sha256.h"

namespace freezenet::daemon {

namespace {

Bytes checksum_of(const Writer& row) {
  const Hash256 hash = tagged_hash("FreezeNet/row", row.data());
  return {hash.bytes.begin(), hash.bytes.begin() + 8};
}

template <std::size_t N>
bool copy_exactly(ByteView from, std::array<std::uint8_t, N>& to) {
  if (from.size() != N) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

std::uint8_t fate_of(const BlockOutcome& outcome) {
  return static_cast<std::uint8_t>((outcome.adopted ? 1 : 0) | (outcome.assumed ? 2 : 0));
}

bool fits_u32(std::int64_t value) { return value >= 0 && value <= std::numeric_limits<std::uint32_t>::max(); }

Bytes encoded(const auto& value) {
  Writer out;
  value.encode(out);
  return out.take();
}

}  // namespace

bool same_bytes(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

BlockRow BlockRow::from(const StoredBlock& block, std::uint64_t seq) {
  return {seq,
          block.header.block_hash(),
          block.header.model_root,
          encoded(block.header),
          encoded(block.body),
          block.outcome,
          block.completed};
}

Bytes BlockRow::checksum() const {
  Writer row;
  row.text("blocks").integer(seq).hash(hash).hash(model_root).sized_bytes(header).sized_bytes(body);
  row.hash(outcome.canonical_root).integer(outcome.score).integer(outcome.canonical_score);
  row.integer(fate_of(outcome)).integer(completed);
  return checksum_of(row);
}

std::optional<BlockRow> BlockRow::read(const Statement& from) {
  BlockRow row;
  row.seq = from.unsigned_integer(0);
  const ByteView header = from.blob(3);
  row.header.assign(header.begin(), header.end());
  const ByteView body = from.blob(4);
  row.body.assign(body.begin(), body.end());
  const std::int64_t score = from.integer(6), canonical_score = from.integer(7), fate = from.integer(8);
  if (!copy_exactly(from.blob(1), row.hash.bytes) || !copy_exactly(from.blob(2), row.model_root.bytes) ||
      !copy_exactly(from.blob(5), row.outcome.canonical_root.bytes) || !fits_u32(score) || !fits_u32(canonical_score) ||
      fate < 0 || fate > 3) {
    return std::nullopt;
  }
  row.outcome.score = static_cast<std::uint32_t>(score);
  row.outcome.canonical_score = static_cast<std::uint32_t>(canonical_score);
  row.outcome.adopted = (fate & 1) != 0;
  row.outcome.assumed = (fate & 2) != 0;
  row.completed = from.unsigned_integer(9);
  if (!same_bytes(row.checksum(), from.blob(10))) return std::nullopt;
  return row;
}

Result<> BlockRow::write(Statement& insert) const {
  const Bytes sum = checksum();
  insert.bind_unsigned(1, seq).bind(2, ByteView(hash.bytes)).bind(3, ByteView(model_root.bytes));
  insert.bind(4, ByteView(header)).bind(5, ByteView(body)).bind(6, ByteView(outcome.canonical_root.bytes));
  insert.bind(7, std::int64_t{outcome.score}).bind(8, std::int64_t{outcome.canonical_score});
  insert.bind(9, std::int64_t{fate_of(outcome)}).bind_unsigned(10, completed).bind(11, ByteView(sum));
  return insert.run();
}

std::optional<StoredBlock> BlockRow::decode() const {
  auto decoded_header = SealedHeader::decode(header);
  auto decoded_body = Body::decode(body);
  if (!decoded_header || !decoded_body) return std::nullopt;
  if (decoded_header->block_hash() != hash || decoded_header->model_root != model_root) return std::nullopt;
  return StoredBlock{*decoded_header, *std::move(decoded_body), outcome, completed};
}

Bytes account_checksum(ByteView key, const Account& account) {
  Writer row;
  row.text("accounts").sized_bytes(key).integer(account.balance).integer(account.nonce);
  return checksum_of(row);
}

Bytes undo_checksum(ByteView block, ByteView entries) {
  Writer row;
  row.text("undo").sized_bytes(block).sized_bytes(entries);
  return checksum_of(row);
}

Bytes claim_checksum(std::uint64_t place, ByteView record) {
  Writer row;
  row.text("claims").integer(place).sized_bytes(record);
  return checksum_of(row);
}

Bytes transaction_checksum(std::uint64_t height, std::uint64_t position, ByteView id, ByteView sender,
                           ByteView receiver) {
  Writer row;
  row.text("transactions").integer(height).integer(position).sized_bytes(id).sized_bytes(sender).sized_bytes(receiver);
  return checksum_of(row);
}

Bytes mempool_checksum(ByteView id, std::uint64_t received, bool local, ByteView data) {
  Writer row;
  row.text("mempool").sized_bytes(id).integer(received).integer(static_cast<std::uint8_t>(local ? 1 : 0));
  row.sized_bytes(data);
  return checksum_of(row);
}

Bytes meta_checksum(std::string_view key, ByteView value) {
  Writer row;
  row.text("meta").text(key).sized_bytes(value);
  return checksum_of(row);
}

std::optional<std::vector<Hash256>> decode_set_aside(ByteView value) {
  if (value.size() % 32 != 0) return std::nullopt;
  Reader in(value);
  std::vector<Hash256> blocks(value.size() / 32);
  for (Hash256& hash : blocks) hash = in.hash();
  return blocks;
}

std::optional<ChainChange::AccountRow> read_account_row(const Statement& row) {
  ChainChange::AccountRow account;
  account.account = Account{row.unsigned_integer(1), row.unsigned_integer(2)};
  if (!copy_exactly(row.blob(0), account.key.bytes)) return std::nullopt;
  if (!same_bytes(account_checksum(account.key.bytes, *account.account), row.blob(3))) return std::nullopt;
  return account;
}

Bytes ChainHead::encode() const {
  Writer out;
  out.hash(tip).integer(tip_height).hash(state_hash).integer(blocks).integer(claims);
  return out.take();
}

std::optional<ChainHead> ChainHead::decode(ByteView data) {
  Reader in(data);
  ChainHead head;
  head.tip = in.hash();
  head.tip_height = in.integer<std::uint64_t>();
  head.state_hash = in.hash();
  head.blocks = in.integer<std::uint64_t>();
  head.claims = in.integer<std::uint64_t>();
  if (!in.finish()) return std::nullopt;
  return head;
}

Bytes WaitingCount::encode() const {
  Writer out;
  out.integer(rows).integer(acknowledged);
  return out.take();
}

std::optional<WaitingCount> WaitingCount::decode(ByteView data) {
  Reader in(data);
  WaitingCount count;
  count.rows = in.integer<std::uint64_t>();
  count.acknowledged = in.integer<std::uint64_t>();
  if (!in.finish()) return std::nullopt;
  return count;
}

}  // namespace freezenet::daemon
