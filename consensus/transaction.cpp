#include "consensus/transaction.h"

#include <array>
#include <limits>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"

namespace freezenet {
namespace {

enum Kind : std::uint8_t { kTransfer = 1, kClaim = 2 };

constexpr std::array kSchemes = {
    std::pair{ClaimScheme::kGradSigns, std::string_view("gradsigns")},
    std::pair{ClaimScheme::kDeepWater, std::string_view("deepwater")},
    std::pair{ClaimScheme::kTriggerSet, std::string_view("trigger-set")},
    std::pair{ClaimScheme::kNullEmbedding, std::string_view("null-embedding")},
};

void encode_unsigned(const Transaction& transaction, Writer& out) {
  const auto* transfer = std::get_if<Transfer>(&transaction.action);
  out.integer(static_cast<std::uint8_t>(transfer != nullptr ? kTransfer : kClaim));
  out.bytes(transaction.from.bytes).integer(transaction.nonce).integer(transaction.fee);
  if (transfer != nullptr) {
    out.bytes(transfer->to.bytes).integer(transfer->amount);
  } else {
    std::get<Claim>(transaction.action).encode(out);
  }
}

Transfer read_transfer(Reader& in, std::uint64_t fee) {
  Transfer transfer;
  transfer.to.bytes = in.array<32>();
  transfer.amount = in.integer<std::uint64_t>();
  if (transfer.amount == 0) in.fail(RejectCode::kBadEncoding, "a transfer of nothing");
  if (transfer.amount > std::numeric_limits<std::uint64_t>::max() - fee) {
    in.fail(RejectCode::kBadEncoding, "amount and fee of a transfer do not fit into 64 bits");
  }
  return transfer;
}

}  // namespace

void Claim::encode(Writer& out) const {
  out.hash(model_root).integer(static_cast<std::uint8_t>(scheme)).hash(commitment);
}

Claim Claim::read(Reader& in) {
  Claim claim;
  claim.model_root = in.hash();
  const auto scheme = in.integer<std::uint8_t>();
  if (scheme < 1 || scheme > kSchemes.size()) {
    in.fail(RejectCode::kBadEncoding, "there is no claim of scheme " + std::to_string(scheme));
  }
  claim.scheme = static_cast<ClaimScheme>(scheme);
  claim.commitment = in.hash();
  return claim;
}

void Transaction::encode(Writer& out) const {
  encode_unsigned(*this, out);
  out.bytes(signature.bytes);
}

Transaction Transaction::read(Reader& in) {
  Transaction transaction;
  const auto kind = in.integer<std::uint8_t>();
  transaction.from.bytes = in.array<32>();
  transaction.nonce = in.integer<std::uint64_t>();
  transaction.fee = in.integer<std::uint64_t>();
  switch (kind) {
    case kTransfer: transaction.action = read_transfer(in, transaction.fee); break;
    case kClaim: transaction.action = Claim::read(in); break;
    default: in.fail(RejectCode::kBadEncoding, "there is no transaction of kind " + std::to_string(kind));
  }
  // So that the nonce of an account always has a next one.
  if (transaction.nonce == std::numeric_limits<std::uint64_t>::max()) {
    in.fail(RejectCode::kBadEncoding, "a nonce that no other could follow");
  }
  transaction.signature.bytes = in.array<64>();
  return transaction;
}

Result<Transaction> Transaction::decode(ByteView data) {
  Reader in(data);
  Transaction transaction = read(in);
  if (auto done = in.finish(); !done) return tl::unexpected(done.error());
  return transaction;
}

std::size_t Transaction::size() const { return std::holds_alternative<Transfer>(action) ? kMinSize : kMaxSize; }

Hash256 Transaction::id() const {
  Writer out;
  encode(out);
  return tagged_hash("FreezeNet/transaction-id", out.data());
}

Hash256 Transaction::signing_hash(const Hash256& genesis) const {
  Writer out;
  out.hash(genesis);
  encode_unsigned(*this, out);
  return tagged_hash("FreezeNet/transaction", out.data());
}

void Transaction::sign(const SecretKey& key, const Hash256& genesis) {
  from = key.public_key();
  signature = key.sign(signing_hash(genesis));
}

Result<> Transaction::check_signature(const Hash256& genesis) const {
  if (verify_schnorr(from, signing_hash(genesis), signature)) return {};
  return reject(RejectCode::kBadSignature, "transaction " + to_hex(id()) + " is not signed by its sender");
}

std::uint64_t Transaction::spent() const {
  const auto* transfer = std::get_if<Transfer>(&action);
  return fee + (transfer != nullptr ? transfer->amount : 0);
}

std::string_view name(ClaimScheme scheme) {
  for (const auto& [known, text] : kSchemes) {
    if (known == scheme) return text;
  }
  return "unknown";
}

std::optional<ClaimScheme> claim_scheme(std::string_view name) {
  for (const auto& [scheme, text] : kSchemes) {
    if (text == name) return scheme;
  }
  return std::nullopt;
}

}  // namespace freezenet
