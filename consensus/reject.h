#pragma once

#include <string>
#include <string_view>

namespace freezenet {

/// Whose fault a rejection is: the network layer decides from this alone whom to drop.
enum class Blame {
  kSender,    ///< the message itself is broken: disconnect the peer; says nothing about the block of that hash
  kBlock,     ///< the block is proven false: disconnect the peer, remember the hash as invalid
  kNobody,    ///< unknown, early, late, a duplicate, not kept: may be right another time
  kOurselves  ///< this machine failed: a full disk, a bad kernel, a damaged file
};

/// Every reason for which bytes from outside are refused. One flat list: the name of an entry is stable, is what logs,
/// RPC and tests print, and cites the section of docs/protocol.md that it enforces. The order is of no meaning.
enum class RejectCode {
  // Encoding (section 2)
  kTruncated,         ///< fewer bytes than the encoding needs
  kTrailingBytes,     ///< bytes left over after a complete value
  kNonCanonicalSize,  ///< a CompactSize longer than necessary
  kTooLarge,          ///< a count or length over its limit
  kBadEncoding,       ///< anything else that no encoder writes
  // Header, tier 0 (section 3, 7)
  kBadVersion,        ///< header version is not the one of this height
  kUnknownParent,     ///< prev_block is not known here
  kInvalidParent,     ///< prev_block is proven false
  kParentUnverified,  ///< prev_block still waits for its replay
  kWrongTask,         ///< task_id is not the task of this height
  kWrongStartRoot,    ///< start_root is not the canonical model after prev_block
  kWrongBits,         ///< bits is not what ASERT gives
  kTimeTooOld,        ///< time not above the median of the last 11
  kTimeTooEarly,      ///< time too far ahead of this node's clock: held, nobody's fault
  kHighHash,          ///< the block hash is above the task's target
  kBadSignature,      ///< not the miner key's BIP340 signature of the block hash
  kSecondSeal,        ///< another seal for a candidate whose only valid seal is known
  kKnownInvalid,      ///< this block was proven false before
  kDuplicate,         ///< known already
  kSetAside,          ///< the block, or one below it, was declared invalid by this node's operator
  kTooManyHeaders,    ///< more unverified headers than this node keeps
  // Body, tier 1
  kWrongBodyRoot,       ///< body does not hash to body_root
  kWrongTraceRoot,      ///< digests do not hash to trace_root
  kWrongDigestCount,    ///< not exactly S digests
  kSharesNotActive,     ///< K = 0: no block lists shares
  kOverflow,            ///< an amount beyond 64 bits
  kInvalidTransaction,  ///< a block's transaction is not signed, or the ledger before it does not allow it
  // Transactions by themselves (section 9): what the ledger of the moment says
  kWrongNonce,         ///< not the next one of the sender's account
  kInsufficientFunds,  ///< the account spends more than it has
  kDuplicateClaim,     ///< the sender made the same claim before
  kFeeTooLow,          ///< less than this node asks for
  // Signed model, tier 2 (section 4)
  kWrongModelSize,   ///< not the byte count that the task's tensors need
  kWrongModelRoot,   ///< chunks do not hash to model_root
  kBadChunk,         ///< a chunk whose Merkle proof fails
  kNonFiniteWeight,  ///< NaN or infinity
  kWeightTooLarge,   ///< |w| > 2^16
  kNegativeZero,     ///< -0 among the weights: no op of the profile ever outputs it
  kWrongWatermark,   ///< a frozen weight differs from the watermark that the header dictates
  // Replay, tier 3 (section 5)
  kWrongTrace,          ///< a step digest differs
  kWrongReplayedModel,  ///< every digest agrees, the trained weights do not
  kVoidSegment,         ///< the segment leaves the finite numbers: no ticket
  // Task and parameters
  kBadTask,     ///< a task that breaks a limit or that this engine cannot run
  kBadDataset,  ///< a dataset whose bytes do not match the task's root
  kBadGenesis,  ///< network parameters that break a limit
  // Network (docs/protocol.md, wire protocol)
  kWrongNetwork,          ///< frame magic or network name of another network
  kWrongGenesis,          ///< same name, other genesis
  kWrongProtocolVersion,  ///< no common version of the wire protocol
  kWrongEngine,           ///< the peer's numeric profile is another one
  kSelfConnection,        ///< the peer's key is our own
  kDuplicatePeer,         ///< a connection to this node id exists
  kUnknownMessage,        ///< a message type that this version does not have
  kUnexpectedMessage,     ///< a known message at a moment when it may not come
  kTimeout,               ///< the peer did not answer in time
  kDisconnected,          ///< the connection ended
  kTooManyPeers,          ///< no free place
  kNotFound,              ///< not kept here
  // Work for this node (docs/rpc.md, submitblock)
  kStaleWork,  ///< the tip moved: the work stands on a block that is not the tip any more
  kNotIssued,  ///< work to be signed here on a candidate that this node did not hand out lately
  // What the user of a node's own wallet asks for
  kWrongPassphrase,  ///< the wallet does not open with it
  kWalletLocked,     ///< a secret is needed, and the wallet is locked
  kWalletState,      ///< not what this wallet is: encrypted, plain, switched off
  // Ourselves
  kStorage,         ///< a file or the database failed
  kDiskFull,        ///< no room for a file or the database: right again once there is
  kSelfTestFailed,  ///< the engine's bits are wrong on this machine
  kCancelled,       ///< stopped while it ran
  kBusy,            ///< a bounded queue is full
  kConfig,          ///< a setting that cannot be used
};

/// The stable name, for example "wrong-watermark".
std::string_view name(RejectCode code);
Blame blame(RejectCode code);
std::string_view name(Blame blame);

/// A refusal: the name for programs, the detail for the person who reads the log.
struct Reject {
  RejectCode code;
  std::string detail;

  /// "wrong-watermark: 3 of 1925 positions differ"
  [[nodiscard]] std::string message() const;
};

}  // namespace freezenet
