#pragma once

#include <array>
#include <string>
#include <variant>
#include <vector>

#include "consensus/crypto/schnorr.h"
#include "daemon/wallet/scrypt.h"

namespace freezenet::daemon {

inline constexpr std::size_t kMaxWalletKeys = 10'000;
inline constexpr std::size_t kMaxLabel = 100;  ///< bytes
/// Above any wallet of kMaxWalletKeys keys.
inline constexpr std::uint64_t kMaxWalletBytes = 4 << 20;

/// What can be read of a key without the passphrase.
struct WalletEntry {
  XOnlyKey key;
  std::string label;
  std::uint64_t created = 0;  ///< Unix seconds
  bool backed_up = false;     ///< stands in a backup
  friend bool operator==(const WalletEntry&, const WalletEntry&) = default;
};

/// The secret keys under a master key, and the master key under the passphrase.
struct SealedSecrets {
  ScryptCost cost;
  std::array<std::uint8_t, 32> salt{};
  std::array<std::uint8_t, 60> master{};  ///< aes_gcm.h; context: the file up to here
  Bytes keys;                             ///< aes_gcm.h; context: the file up to here
};

/// DATADIR/wallet.dat, byte for byte (docs/operating.md, "The wallet's file"):
///
///   "FZWALLET" | version u32 | network text | protection u8: 0 plain, 1 encrypted
///   | encrypted: log2 N u8, r u32, p u32 | salt 32 | sealed master key 60
///   | count | count x (key 32, created u64, label text)
///   | plain: count x secret 32; encrypted: the same sealed, 28 bytes longer
///   | count x backed up u8 | checksum 32: tagged("FreezeNet/wallet", all before)
///
/// The checksum tells a disk's damage from a wrong passphrase before anybody is asked for one. Keys are added behind
/// the others and never removed. What is marked as backed up is under the checksum alone, so that a locked wallet can
/// be backed up.
struct WalletFile {
  static constexpr std::uint32_t kVersion = 1;

  std::string network;
  std::vector<WalletEntry> entries;
  std::variant<std::vector<SecretKey>, SealedSecrets> secrets;

  [[nodiscard]] bool encrypted() const { return std::holds_alternative<SealedSecrets>(secrets); }
  [[nodiscard]] const WalletEntry* find(const XOnlyKey& key) const;

  [[nodiscard]] Bytes encode() const;
  /// Any input. kBadEncoding: no wallet, damaged, or a secret that is not its key's; kTruncated, kTrailingBytes,
  /// kNonCanonicalSize, kTooLarge as Reader has them; kConfig: written by a newer version. Takes no more memory than
  /// the input and a few times as much.
  static Result<WalletFile> decode(ByteView data);

  /// What the sealed master key is bound to, and what the sealed secrets are.
  [[nodiscard]] Bytes master_context() const;
  [[nodiscard]] Bytes keys_context() const;
};

/// Valid UTF-8 of at most kMaxLabel bytes without control characters. kTooLarge, kBadEncoding.
Result<> check_label(std::string_view label);

}  // namespace freezenet::daemon
