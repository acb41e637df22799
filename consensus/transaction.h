#pragma once

#include <variant>

#include "consensus/base/serialize.h"
#include "consensus/crypto/schnorr.h"

namespace freezenet {

/// Moves coins to another account.
struct Transfer {
  XOnlyKey to;
  std::uint64_t amount = 0;  ///< units of 10^-8 coin, above 0
  friend bool operator==(const Transfer&, const Transfer&) = default;
};

/// The published ownership watermarks that a claim can name.
enum class ClaimScheme : std::uint8_t { kGradSigns = 1, kDeepWater = 2, kTriggerSet = 3, kNullEmbedding = 4 };

/// A dated commitment that an ownership watermark of the sender's is in a model. The chain keeps who said it first; it
/// opens nothing. The commitment should bind the sender's key, so that nobody can say another's again as their own.
struct Claim {
  Hash256 model_root;
  ClaimScheme scheme = ClaimScheme::kGradSigns;
  Hash256 commitment;
  friend bool operator==(const Claim&, const Claim&) = default;

  /// model_root 32 || scheme u8 || commitment 32.
  void encode(Writer& out) const;
  static Claim read(Reader& in);
};

/// What an account's owner asks the chain to do (docs/protocol.md section 9).
struct Transaction {
  static constexpr std::size_t kMinSize = 153;  ///< of a transfer
  static constexpr std::size_t kMaxSize = 178;  ///< of a claim

  XOnlyKey from;
  std::uint64_t nonce = 0;  ///< the account's: how many transactions it has made before this one
  std::uint64_t fee = 0;    ///< to the block's miner
  std::variant<Transfer, Claim> action;
  Signature signature;
  friend bool operator==(const Transaction&, const Transaction&) = default;

  void encode(Writer& out) const;
  static Transaction read(Reader& in);
  static Result<Transaction> decode(ByteView data);
  [[nodiscard]] std::size_t size() const;

  /// tagged("FreezeNet/transaction-id", encoding): commits to the signature too, so that a body's root leaves nothing
  /// of it open.
  [[nodiscard]] Hash256 id() const;
  /// tagged("FreezeNet/transaction", genesis || encoding without the signature): no other network's signature fits.
  [[nodiscard]] Hash256 signing_hash(const Hash256& genesis) const;
  /// Sets sender and signature.
  void sign(const SecretKey& key, const Hash256& genesis);
  [[nodiscard]] Result<> check_signature(const Hash256& genesis) const;

  /// What leaves the sender's account: amount and fee. At most 2^64 - 1: a larger one is never decoded.
  [[nodiscard]] std::uint64_t spent() const;
};

/// "gradsigns", "deepwater", "trigger-set", "null-embedding".
std::string_view name(ClaimScheme scheme);
std::optional<ClaimScheme> claim_scheme(std::string_view name);

}  // namespace freezenet
