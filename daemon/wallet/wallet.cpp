#include "daemon/wallet/wallet.h"

#include <algorithm>

#include "daemon/wallet/wallet_storage.h"

namespace freezenet::daemon {
namespace {

tl::unexpected<Reject> not_encrypted() {
  return reject(RejectCode::kWalletState, "the wallet is not encrypted; encryptwallet gives it a passphrase");
}

tl::unexpected<Reject> another_network(const std::filesystem::path& file, const std::string& has,
                                       const std::string& wanted) {
  return reject(RejectCode::kConfig, file.string() + " is a wallet of the network " + has + ", this node runs on " +
                                         wanted + "; give another file");
}

}  // namespace

std::size_t WalletView::not_backed_up() const {
  return static_cast<std::size_t>(std::ranges::count(entries, false, &WalletEntry::backed_up));
}

Result<std::unique_ptr<Wallet>> Wallet::open(Settings settings, const Clock& clock, const SteadyClock& steady) {
  auto lock = claim_wallet(settings.file);
  if (!lock) return tl::unexpected(lock.error());
  auto file = read_wallet(settings.file);
  if (!file && file.error().code != RejectCode::kNotFound) return tl::unexpected(file.error());
  if (file && file->network != settings.network) return another_network(settings.file, file->network, settings.network);

  std::unique_ptr<Wallet> wallet(new Wallet(std::move(settings), std::move(*lock), clock, steady));
  if (file) {
    wallet->file_ = std::move(*file);
    return wallet;
  }
  WalletFile fresh;
  fresh.network = wallet->settings_.network;
  if (auto ok = wallet->commit(std::move(fresh)); !ok) return tl::unexpected(ok.error());
  return wallet;
}

WalletView Wallet::view() const {
  WalletView view{settings_.file, file_.encrypted(), std::nullopt, file_.entries};
  if (unlocked_) view.unlocked_until = unlocked_->until;
  for (const NewKey& waiting : adopted_) view.entries.push_back(waiting.entry);
  return view;
}

bool Wallet::is_open() const { return !file_.encrypted() || (unlocked_ && steady_.now() < unlocked_->until); }

Result<> Wallet::require_open() const {
  if (is_open()) return {};
  return reject(RejectCode::kWalletLocked, "the wallet is locked; unlock it with walletpassphrase");
}

const std::vector<SecretKey>& Wallet::secrets() const {
  return unlocked_ ? unlocked_->secrets : std::get<std::vector<SecretKey>>(file_.secrets);
}

Result<> Wallet::commit(WalletFile next) {
  Bytes data = next.encode();
  const auto written = write_durably(settings_.file, data, 0600);
  OPENSSL_cleanse(data.data(), data.size());
  if (written) file_ = std::move(next);
  return written;
}

Result<Wallet::Keys> Wallet::with(const std::vector<NewKey>& keys) const {
  if (file_.entries.size() + keys.size() > kMaxWalletKeys)
    return reject(RejectCode::kTooLarge, "a wallet holds at most " + std::to_string(kMaxWalletKeys) + " keys");
  Keys all{file_.entries, secrets()};
  for (const NewKey& key : keys) {
    all.entries.push_back(key.entry);
    all.secrets.push_back(key.secret);
  }
  return all;
}

Result<> Wallet::add(const std::vector<NewKey>& keys) {
  auto all = with(keys);
  if (!all) return tl::unexpected(all.error());
  WalletFile next = file_;
  next.entries = std::move(all->entries);
  if (!unlocked_) {
    next.secrets = std::move(all->secrets);
    return commit(std::move(next));
  }
  if (auto ok = seal_again(next, all->secrets, unlocked_->master); !ok) return ok;
  if (auto ok = commit(std::move(next)); !ok) return ok;
  unlocked_->secrets = std::move(all->secrets);
  return {};
}

Result<XOnlyKey> Wallet::new_key(const std::string& label) {
  if (auto ok = check_label(label); !ok) return tl::unexpected(ok.error());
  if (auto ok = require_open(); !ok) return tl::unexpected(ok.error());
  const auto secret = SecretKey::generate();
  if (!secret) return reject(RejectCode::kStorage, "the system's random generator gave no key");
  const XOnlyKey key = secret->public_key();
  if (auto ok = add({{{key, label, clock_.unix_seconds(), false}, *secret}}); !ok) return tl::unexpected(ok.error());
  return key;
}

Result<> Wallet::adopt(const SecretKey& secret, const std::string& label) {
  if (auto ok = check_label(label); !ok) return ok;
  const XOnlyKey& key = secret.public_key();
  if (has(key) || std::ranges::any_of(adopted_, [&](const NewKey& k) { return k.entry.key == key; })) return {};
  NewKey fresh{{key, label, clock_.unix_seconds(), false}, secret};
  if (is_open()) return add({fresh});
  adopted_.push_back(std::move(fresh));
  return {};
}

Result<SecretKey> Wallet::secret(const XOnlyKey& key) {
  if (auto ok = require_open(); !ok) return tl::unexpected(ok.error());
  const auto found = std::ranges::find(file_.entries, key, &WalletEntry::key);
  if (found != file_.entries.end()) return secrets()[static_cast<std::size_t>(found - file_.entries.begin())];
  for (const NewKey& waiting : adopted_) {
    if (waiting.entry.key == key) return waiting.secret;
  }
  return reject(RejectCode::kNotFound, "the wallet does not have that key");
}

Result<> Wallet::encrypt_as(Keys keys, std::string_view passphrase) {
  WalletFile next = file_;
  next.entries = std::move(keys.entries);
  const auto master = seal_anew(next, keys.secrets, passphrase, settings_.cost);
  if (!master) return tl::unexpected(master.error());
  ReplacedFile plain(settings_.file);
  if (auto ok = commit(std::move(next)); !ok) return ok;
  plain.erase();
  return {};
}

Result<> Wallet::encrypt(std::string_view passphrase) {
  if (file_.encrypted())
    return reject(RejectCode::kWalletState, "the wallet is encrypted already; see walletpassphrasechange");
  // A copy without a passphrase is not the backup of a wallet that has one: the reminder begins anew.
  Keys all{file_.entries, secrets()};
  for (WalletEntry& entry : all.entries) entry.backed_up = false;
  return encrypt_as(std::move(all), passphrase);
}

Result<> Wallet::unlock(std::string_view passphrase, std::chrono::seconds span) {
  if (!file_.encrypted()) return not_encrypted();
  if (span.count() <= 0 || span > kLongestUnlock) {
    return reject(RejectCode::kConfig, "a wallet is unlocked for 1 to " +
                                           std::to_string(std::chrono::seconds(kLongestUnlock).count()) + " seconds");
  }
  auto master = open_master(file_, passphrase);
  if (!master) return tl::unexpected(master.error());
  auto opened = open_secrets(file_, *master);
  if (!opened) return tl::unexpected(opened.error());
  unlocked_ = Unlocked{*master, std::move(*opened), steady_.now() + span};
  // Where the disk takes no more, what was adopted waits on and can be used from memory.
  if (!adopted_.empty() && add(adopted_)) adopted_.clear();
  return {};
}

Result<> Wallet::change_passphrase(std::string_view old_passphrase, std::string_view new_passphrase) {
  if (!file_.encrypted()) return not_encrypted();
  if (auto ok = check_passphrase(new_passphrase); !ok) return ok;
  const auto old_master = open_master(file_, old_passphrase);
  if (!old_master) return tl::unexpected(old_master.error());
  const auto opened = open_secrets(file_, *old_master);
  if (!opened) return tl::unexpected(opened.error());
  WalletFile next = file_;
  // The backups open with the old one alone.
  for (WalletEntry& entry : next.entries) entry.backed_up = false;
  const auto master = seal_anew(next, *opened, new_passphrase, settings_.cost);
  if (!master) return tl::unexpected(master.error());
  if (auto ok = commit(std::move(next)); !ok) return ok;
  if (unlocked_) unlocked_->master = *master;
  return {};
}

Result<> Wallet::lock() {
  if (!file_.encrypted()) return not_encrypted();
  unlocked_.reset();
  return {};
}

void Wallet::lock_where_due() {
  if (unlocked_ && !is_open()) unlocked_.reset();
}

Result<> Wallet::backup(const std::filesystem::path& target) {
  WalletFile marked = file_;
  for (WalletEntry& entry : marked.entries) entry.backed_up = true;
  Bytes data = marked.encode();
  const auto written = write_backup(target, data);
  OPENSSL_cleanse(data.data(), data.size());
  if (!written) return written;
  return commit(std::move(marked));
}

Result<Wallet::Restored> Wallet::restore(const std::filesystem::path& source,
                                         const std::optional<std::string>& passphrase) {
  if (auto ok = require_open(); !ok) return tl::unexpected(ok.error());
  const auto backup = read_backup(source);
  if (!backup) return tl::unexpected(backup.error());
  if (backup->network != settings_.network) return another_network(source, backup->network, settings_.network);
  std::vector<SecretKey> found;
  if (backup->encrypted()) {
    if (!passphrase) return reject(RejectCode::kWrongPassphrase, "the backup is encrypted; give its passphrase too");
    const auto master = open_master(*backup, *passphrase);
    if (!master) return tl::unexpected(master.error());
    auto opened = open_secrets(*backup, *master);
    if (!opened) return reject(opened.error().code, source.string() + " was changed by somebody; use another backup");
    found = std::move(*opened);
  } else {
    found = std::get<std::vector<SecretKey>>(backup->secrets);
  }

  Restored result;
  std::vector<NewKey> fresh;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (has(backup->entries[i].key)) {
      ++result.known;
      continue;
    }
    fresh.push_back({backup->entries[i], found[i]});
    fresh.back().entry.backed_up = true;
  }
  result.added = fresh.size();
  result.encrypted_now = backup->encrypted() && !file_.encrypted();
  if (result.encrypted_now) {
    auto all = with(fresh);
    if (!all) return tl::unexpected(all.error());
    if (auto ok = encrypt_as(std::move(*all), *passphrase); !ok) return tl::unexpected(ok.error());
  } else if (!fresh.empty()) {
    if (auto ok = add(fresh); !ok) return tl::unexpected(ok.error());
  }
  return result;
}

}  // namespace freezenet::daemon
