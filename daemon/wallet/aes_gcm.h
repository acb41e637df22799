#pragma once

#include <array>
#include <optional>

#include "daemon/wallet/secret_buffer.h"

namespace freezenet::daemon {

/// AES-256-GCM (NIST SP 800-38D) with a nonce of 96 bits and a tag of 128. A sealed text is nonce || ciphertext || tag.
using AesKey = SecretArray<32>;
using GcmNonce = std::array<std::uint8_t, 12>;
inline constexpr std::size_t kGcmOverhead = 12 + 16;

/// `context` is authenticated, not encrypted. A nonce must never come twice under one key: gcm_seal() below draws it.
/// nullopt where OpenSSL fails.
std::optional<Bytes> gcm_seal_with(const AesKey& key, const GcmNonce& nonce, ByteView plain, ByteView context);
/// With a fresh random nonce; nullopt also where the system's generator fails.
std::optional<Bytes> gcm_seal(const AesKey& key, ByteView plain, ByteView context);
/// nullopt where key, sealed text or context is another than it was: no byte of the plain text is given out then.
std::optional<SecretBytes> gcm_open(const AesKey& key, ByteView sealed, ByteView context);

}  // namespace freezenet::daemon
