#include "consensus/reject.h"

#include <utility>

namespace freezenet {
namespace {

struct Entry {
  std::string_view name;
  Blame blame;
};

/// A switch and not an array, so that the compiler names the code that was forgotten.
///
/// The line between kSender and kBlock: a block is proven false only by what its hash commits to. A body, a chunk or a
/// signature that does not fit the header may have been exchanged on the way (the mutated twin of docs/protocol.md
/// section 11), while the honest one under the same hash still travels; so these blame the message and leave the hash
/// alone.
Entry entry(RejectCode code) {
  using enum RejectCode;
  constexpr auto sender = Blame::kSender;
  constexpr auto block = Blame::kBlock;
  constexpr auto nobody = Blame::kNobody;
  constexpr auto ourselves = Blame::kOurselves;
  switch (code) {
    case kTruncated: return {"truncated", sender};
    case kTrailingBytes: return {"trailing-bytes", sender};
    case kNonCanonicalSize: return {"non-canonical-size", sender};
    case kTooLarge: return {"too-large", sender};
    case kBadEncoding: return {"bad-encoding", sender};

    case kBadVersion: return {"bad-version", block};
    case kUnknownParent: return {"unknown-parent", nobody};
    case kInvalidParent: return {"invalid-parent", block};
    case kParentUnverified: return {"parent-unverified", nobody};
    case kWrongTask: return {"wrong-task", block};
    case kWrongStartRoot: return {"wrong-start-root", block};
    case kWrongBits: return {"wrong-bits", block};
    case kTimeTooOld: return {"time-too-old", block};
    // Valid as soon as this node's clock gets there.
    case kTimeTooEarly: return {"time-too-early", nobody};
    case kHighHash: return {"high-hash", block};
    // Section 3: the signature is outside the hash, so a bad one says nothing about the block of that hash.
    case kBadSignature: return {"bad-signature", sender};
    // Section 3: a candidate has exactly one valid seal; with one verified, every other is false, and its hash differs.
    case kSecondSeal: return {"second-seal", block};
    case kKnownInvalid: return {"known-invalid", block};
    case kDuplicate: return {"duplicate", nobody};
    case kSetAside: return {"set-aside", nobody};
    case kTooManyHeaders: return {"too-many-headers", nobody};

    // Tier 1: what came beside the header is not what the header names. It may be a mutated twin.
    case kWrongBodyRoot: return {"wrong-body-root", sender};
    case kWrongTraceRoot: return {"wrong-trace-root", sender};
    // Refused before the roots are compared, so still not proven to be the block's own body.
    case kWrongDigestCount: return {"wrong-digest-count", sender};
    case kSharesNotActive: return {"shares-not-active", sender};
    // Computed from a body whose root was checked.
    case kOverflow: return {"overflow", block};
    // The body's root commits to the transactions and their signatures.
    case kInvalidTransaction: return {"invalid-transaction", block};
    // By themselves they are late, early or too many: right at another time.
    case kWrongNonce: return {"wrong-nonce", nobody};
    case kInsufficientFunds: return {"insufficient-funds", nobody};
    case kDuplicateClaim: return {"duplicate-claim", nobody};
    case kFeeTooLow: return {"fee-too-low", nobody};

    // Tier 2: the first three are about bytes that do not hash to model_root, hence not the block's model. The others
    // are found in weights that do: the miner signed them.
    case kWrongModelSize: return {"wrong-model-size", sender};
    case kWrongModelRoot: return {"wrong-model-root", sender};
    case kBadChunk: return {"bad-chunk", sender};
    case kNonFiniteWeight: return {"non-finite-weight", block};
    case kWeightTooLarge: return {"weight-too-large", block};
    case kNegativeZero: return {"negative-zero", block};
    case kWrongWatermark: return {"wrong-watermark", block};

    // Tier 3: given only after the portable kernel agreed (section 8), so it is not this machine's error.
    case kWrongTrace: return {"wrong-trace", block};
    case kWrongReplayedModel: return {"wrong-replayed-model", block};
    case kVoidSegment: return {"void-segment", block};

    // Tasks, datasets and genesis come from this node's own files: nobody sends them in version 1.
    case kBadTask: return {"bad-task", ourselves};
    case kBadDataset: return {"bad-dataset", ourselves};
    case kBadGenesis: return {"bad-genesis", ourselves};

    // Not our magic: the bytes are no message of ours at all. The next four are honest peers of something else; the
    // handshake ends, and no mark stays.
    case kWrongNetwork: return {"wrong-network", sender};
    case kWrongGenesis: return {"wrong-genesis", nobody};
    case kWrongProtocolVersion: return {"wrong-protocol-version", nobody};
    case kWrongEngine: return {"wrong-engine", nobody};
    case kSelfConnection: return {"self-connection", nobody};
    case kDuplicatePeer: return {"duplicate-peer", nobody};
    case kUnknownMessage: return {"unknown-message", sender};
    case kUnexpectedMessage: return {"unexpected-message", sender};
    case kTimeout: return {"timeout", nobody};
    case kDisconnected: return {"disconnected", nobody};
    case kTooManyPeers: return {"too-many-peers", nobody};
    case kNotFound: return {"not-found", nobody};

    case kStaleWork: return {"stale-work", nobody};
    case kNotIssued: return {"not-issued", nobody};

    // Nothing was sent: somebody asks a wallet for what it cannot do as it is.
    case kWrongPassphrase: return {"wrong-passphrase", nobody};
    case kWalletLocked: return {"wallet-locked", nobody};
    case kWalletState: return {"wallet-state", nobody};

    case kStorage: return {"storage", ourselves};
    case kDiskFull: return {"disk-full", ourselves};
    case kSelfTestFailed: return {"self-test-failed", ourselves};
    case kCancelled: return {"cancelled", ourselves};
    // A full queue is the load of the moment, and the same bytes may be right a second later.
    case kBusy: return {"busy", nobody};
    case kConfig: return {"config", ourselves};
  }
  return {"unknown-code", ourselves};
}

}  // namespace

std::string_view name(RejectCode code) { return entry(code).name; }

Blame blame(RejectCode code) { return entry(code).blame; }

std::string_view name(Blame blame) {
  switch (blame) {
    case Blame::kSender: return "sender";
    case Blame::kBlock: return "block";
    case Blame::kNobody: return "nobody";
    case Blame::kOurselves: return "ourselves";
  }
  return "unknown";
}

std::string Reject::message() const {
  std::string text(name(code));
  if (!detail.empty()) text.append(": ").append(detail);
  return text;
}

}  // namespace freezenet
