#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "daemon/clock.h"
#include "daemon/durable_file.h"
#include "daemon/wallet/wallet_seal.h"

namespace freezenet::daemon {

/// What everybody on the machine may know of a wallet, locked or not.
struct WalletView {
  std::filesystem::path file;
  bool encrypted = false;
  std::optional<SteadyClock::TimePoint> unlocked_until;  ///< of an encrypted wallet; it may have passed
  std::vector<WalletEntry> entries;                      ///< oldest first

  [[nodiscard]] std::size_t not_backed_up() const;
};

/// The keys of one node's user, in one file (wallet_file.h). Every change is on the disk before it is reported: an
/// address that was shown is in the file. While a wallet is encrypted and locked it gives out no secret, and memory
/// holds none but the miner's, which is hot anyway.
///
/// One thread at a time. What takes a passphrase runs scrypt, once for each call whether it is right or wrong; see
/// WalletService. Memory: kMaxWalletKeys keys, and scrypt's while it runs.
class Wallet {
 public:
  struct Settings {
    std::filesystem::path file;
    std::string network;
    ScryptCost cost;  ///< of what is encrypted from now on
  };
  static constexpr std::chrono::seconds kLongestUnlock = std::chrono::hours(24);

  /// Opens the file, or makes an empty one. kStorage: in use by another process, readable by others, unreadable;
  /// kConfig: of another network or a newer program; else as WalletFile::decode(), with what to do.
  static Result<std::unique_ptr<Wallet>> open(Settings settings, const Clock& clock, const SteadyClock& steady);

  [[nodiscard]] WalletView view() const;

  /// A fresh key. kWalletLocked; kTooLarge beyond kMaxWalletKeys; check_label()'s; kStorage: there is no new key then.
  Result<XOnlyKey> new_key(const std::string& label);
  /// A key that is made elsewhere: the miner's. A locked wallet shows it at once, and takes it in when it is unlocked.
  Result<> adopt(const SecretKey& secret, const std::string& label);
  /// The secret of one of the keys. kWalletLocked, kNotFound.
  Result<SecretKey> secret(const XOnlyKey& key);

  /// A plain wallet becomes an encrypted one, locked. kWalletState where it is one already.
  Result<> encrypt(std::string_view passphrase);
  /// Until `span` from now, by the steady clock; again: from now. kWrongPassphrase; kWalletState for a plain wallet;
  /// kConfig for a span that is none or beyond kLongestUnlock.
  Result<> unlock(std::string_view passphrase, std::chrono::seconds span);
  /// Also gives the wallet another master key. Leaves it locked or unlocked as it was.
  Result<> change_passphrase(std::string_view old_passphrase, std::string_view new_passphrase);
  /// Zeroes the secrets. kWalletState for a plain wallet.
  Result<> lock();
  /// The same where the time of an unlock has passed; for a timer.
  void lock_where_due();

  /// A copy of the file under a name that is free, 0600, read back. Needs no passphrase. kWalletState where something
  /// has that name; kConfig for a relative name.
  Result<> backup(const std::filesystem::path& target);

  struct Restored {
    std::size_t added = 0, known = 0;
    bool encrypted_now = false;  ///< a plain wallet took over the backup's passphrase
  };
  /// Takes in the keys of a backup. An encrypted one needs its passphrase; where this wallet is plain it becomes
  /// encrypted with that, so that no secret gets less protection than it had. kWalletLocked where this one is locked.
  Result<Restored> restore(const std::filesystem::path& source, const std::optional<std::string>& passphrase);

 private:
  struct Unlocked {
    AesKey master;
    std::vector<SecretKey> secrets;  // in the order of the entries
    SteadyClock::TimePoint until;
  };
  struct NewKey {
    WalletEntry entry;
    SecretKey secret;
  };
  struct Keys {
    std::vector<WalletEntry> entries;
    std::vector<SecretKey> secrets;
  };

  Wallet(Settings settings, FileDescriptor lock, const Clock& clock, const SteadyClock& steady)
      : settings_(std::move(settings)), process_lock_(std::move(lock)), clock_(clock), steady_(steady) {}

  [[nodiscard]] bool is_open() const;  // the secrets are at hand
  [[nodiscard]] Result<> require_open() const;
  [[nodiscard]] const std::vector<SecretKey>& secrets() const;  // is_open()
  [[nodiscard]] bool has(const XOnlyKey& key) const { return file_.find(key) != nullptr; }
  Result<> commit(WalletFile next);
  Result<Keys> with(const std::vector<NewKey>& keys) const;  // is_open(): what there is, and these
  Result<> add(const std::vector<NewKey>& keys);
  Result<> encrypt_as(Keys keys, std::string_view passphrase);

  const Settings settings_;
  const FileDescriptor process_lock_;
  const Clock& clock_;
  const SteadyClock& steady_;
  WalletFile file_;                   // as it stands on the disk
  std::optional<Unlocked> unlocked_;  // of an encrypted wallet
  std::vector<NewKey> adopted_;       // wait for an unlock
};

}  // namespace freezenet::daemon
