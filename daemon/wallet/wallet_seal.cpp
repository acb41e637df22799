#include "daemon/wallet/wallet_seal.h"

#include <algorithm>

#include <openssl/rand.h>

namespace freezenet::daemon {
namespace {

constexpr std::size_t kMaxPassphrase = 1024;

tl::unexpected<Reject> no_random() {
  return reject(RejectCode::kStorage, "the system's random generator failed; nothing was changed");
}

}  // namespace

Result<> check_passphrase(std::string_view passphrase) {
  if (passphrase.empty() || passphrase.size() > kMaxPassphrase)
    return reject(RejectCode::kConfig, "a passphrase has 1 to " + std::to_string(kMaxPassphrase) + " bytes");
  return {};
}

Result<AesKey> seal_anew(WalletFile& file, const std::vector<SecretKey>& secrets, std::string_view passphrase,
                         const ScryptCost& cost) {
  if (auto ok = check_passphrase(passphrase); !ok) return tl::unexpected(ok.error());
  SealedSecrets sealed;
  sealed.cost = cost;
  AesKey master;
  if (RAND_bytes(sealed.salt.data(), static_cast<int>(sealed.salt.size())) != 1 ||
      RAND_priv_bytes(master.data(), static_cast<int>(master.view().size())) != 1) {
    return no_random();
  }
  const auto key = scrypt(passphrase, sealed.salt, cost);
  if (!key) return tl::unexpected(key.error());
  file.secrets = sealed;  // the context holds cost and salt
  const auto wrapped = gcm_seal(*key, master.view(), file.master_context());
  if (!wrapped || wrapped->size() != sealed.master.size()) return no_random();
  std::ranges::copy(*wrapped, std::get<SealedSecrets>(file.secrets).master.begin());
  if (auto ok = seal_again(file, secrets, master); !ok) return tl::unexpected(ok.error());
  return master;
}

Result<> seal_again(WalletFile& file, const std::vector<SecretKey>& secrets, const AesKey& master) {
  SecretBytes plain(32 * secrets.size());
  std::uint8_t* at = plain.data();
  for (const SecretKey& secret : secrets) at = std::ranges::copy(secret.bytes(), at).out;
  auto sealed = gcm_seal(master, plain.view(), file.keys_context());
  if (!sealed) return no_random();
  std::get<SealedSecrets>(file.secrets).keys = std::move(*sealed);
  return {};
}

Result<AesKey> open_master(const WalletFile& file, std::string_view passphrase) {
  const auto& sealed = std::get<SealedSecrets>(file.secrets);
  const auto key = scrypt(passphrase, sealed.salt, sealed.cost);
  if (!key) return tl::unexpected(key.error());
  const auto opened = gcm_open(*key, sealed.master, file.master_context());
  if (!opened) return reject(RejectCode::kWrongPassphrase, "the passphrase is wrong");
  AesKey master;
  std::ranges::copy(opened->view(), master.data());
  return master;
}

Result<std::vector<SecretKey>> open_secrets(const WalletFile& file, const AesKey& master) {
  const auto changed = [] {
    return reject(RejectCode::kBadEncoding, "the wallet's file was changed by somebody; restore a backup");
  };
  const auto opened = gcm_open(master, std::get<SealedSecrets>(file.secrets).keys, file.keys_context());
  if (!opened || opened->view().size() != 32 * file.entries.size()) return changed();
  std::vector<SecretKey> secrets;
  secrets.reserve(file.entries.size());
  for (std::size_t i = 0; i < file.entries.size(); ++i) {
    const auto secret = SecretKey::from_bytes(opened->view().subspan(32 * i, 32));
    if (!secret || secret->public_key() != file.entries[i].key) return changed();
    secrets.push_back(*secret);
  }
  return secrets;
}

}  // namespace freezenet::daemon
