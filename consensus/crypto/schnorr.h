#pragma once

#include <optional>

#include "consensus/base/bytes.h"

namespace freezenet {

/// BIP340 over libsecp256k1. Signing is deterministic where `aux` is zero, so that equal work yields equal bytes.
class SecretKey {
 public:
  /// nullopt where the 32 bytes are zero or not below the group order.
  static std::optional<SecretKey> from_bytes(ByteView bytes);
  /// A fresh key from the operating system's generator (OpenSSL); nullopt where that fails.
  static std::optional<SecretKey> generate();
  ~SecretKey();
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;

  [[nodiscard]] const XOnlyKey& public_key() const { return public_; }
  /// `aux` is BIP340's auxiliary randomness.
  [[nodiscard]] Signature sign(const Hash256& message, const Hash256& aux = {}) const;
  [[nodiscard]] ByteView bytes() const { return secret_; }

 private:
  SecretKey() = default;
  std::array<std::uint8_t, 32> secret_{};
  XOnlyKey public_;
};

/// BIP340 verification of a 32-byte message; false also for a key that is not on the curve.
bool verify_schnorr(const XOnlyKey& key, const Hash256& message, const Signature& signature);

}  // namespace freezenet
