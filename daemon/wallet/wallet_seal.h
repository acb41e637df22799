#pragma once

#include "daemon/wallet/aes_gcm.h"
#include "daemon/wallet/wallet_file.h"

namespace freezenet::daemon {

// How a wallet's secrets get under a passphrase and out again. Pure but for the system's random generator; what takes a
// passphrase runs scrypt.

/// 1 to 1024 bytes. kConfig.
Result<> check_passphrase(std::string_view passphrase);

/// Puts the secrets, in the order of the entries, under a fresh master key, and that under the passphrase with a fresh
/// salt. The master key.
Result<AesKey> seal_anew(WalletFile& file, const std::vector<SecretKey>& secrets, std::string_view passphrase,
                         const ScryptCost& cost);
/// Again under the master key that the file has, with a fresh nonce: after a change of the entries.
Result<> seal_again(WalletFile& file, const std::vector<SecretKey>& secrets, const AesKey& master);

/// kWrongPassphrase. The file is encrypted.
Result<AesKey> open_master(const WalletFile& file, std::string_view passphrase);
/// The secrets in the order of the entries. kBadEncoding where somebody changed the file: what comes out belongs to the
/// entries, or nothing comes out.
Result<std::vector<SecretKey>> open_secrets(const WalletFile& file, const AesKey& master);

}  // namespace freezenet::daemon
