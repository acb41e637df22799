#include "consensus/crypto/sha256.h"
#include "daemon/wallet/wallet_file.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// DATADIR/wallet.dat, or a backup that somebody hands over. An odd first byte: with the true checksum of the rest,
/// which no fuzzer finds.
void wallet_file(ByteView input) {
  if (input.empty()) return;
  Bytes file(input.begin() + 1, input.end());
  if (input[0] % 2 == 1) {
    const Hash256 sum = tagged_hash("FreezeNet/wallet", file);
    file.insert(file.end(), sum.bytes.begin(), sum.bytes.end());
  }
  const auto wallet = daemon::WalletFile::decode(file);
  using enum RejectCode;
  if (!wallet) {
    const RejectCode code = wallet.error().code;
    require(code == kBadEncoding || code == kTruncated || code == kTrailingBytes || code == kNonCanonicalSize ||
                code == kTooLarge || code == kConfig,
            "a refusal has one of the names that are documented");
    return;
  }
  require(same(wallet->encode(), file), "encode(decode(x)) = x");
  require(wallet->entries.size() <= daemon::kMaxWalletKeys, "the keys are bounded");
  for (const daemon::WalletEntry& entry : wallet->entries)
    require(daemon::check_label(entry.label).has_value(), "a label is text");
  if (const auto* sealed = std::get_if<daemon::SealedSecrets>(&wallet->secrets)) {
    require(daemon::check_cost(sealed->cost).has_value(), "scrypt's cost is bounded");
    return;
  }
  const auto& secrets = std::get<std::vector<SecretKey>>(wallet->secrets);
  require(secrets.size() == wallet->entries.size(), "each key has a secret");
  for (std::size_t i = 0; i < secrets.size(); ++i)
    require(secrets[i].public_key() == wallet->entries[i].key, "and its own");
}

}  // namespace freezenet::fuzz
