#include "daemon/rpc/signature_groups.h"

namespace freezenet::daemon {
namespace {

constexpr auto kFileHelp = "whole path on the node's machine (freezenet-cli: relative to where you are)";

std::vector<Signature> key_signatures() {
  return {
      {"getnewaddress",
       "wallet",
       "a fresh address; its key is on the disk before it is shown. An encrypted wallet must be unlocked",
       {{"label", ArgumentType::kText, false, "what it is for, at most 100 bytes"}},
       "text",
       "getnewaddress rent"},
      {"listaddresses",
       "wallet",
       "the addresses of the wallet, oldest first; the miner's is among them",
       {},
       "[{address, label, created, backed_up}]",
       "listaddresses"},
      {"getwalletinfo",
       "wallet",
       "file, encryption, lock, and whether a backup is due",
       {},
       "{file, format, encrypted, locked, unlocked_seconds, keys, not_backed_up, reminder}",
       "getwalletinfo"},
      {"backupwallet",
       "wallet",
       "writes a copy of the wallet under a name that is free; works on a locked wallet",
       {{"file", ArgumentType::kFile, true, kFileHelp}},
       "{file, keys, not_backed_up}",
       "backupwallet wallet-copy.dat"},
      {"restorewallet",
       "wallet",
       "takes in the keys of a backup. An encrypted one needs its passphrase; a wallet without one takes it over",
       {{"file", ArgumentType::kFile, true, kFileHelp},
        {"passphrase", ArgumentType::kPassphrase, false,
         "the backup's, where it is encrypted (freezenet-cli: - asks)"}},
       "{added, known, encrypted_now}",
       "restorewallet wallet-copy.dat"},
  };
}

std::vector<Signature> lock_signatures() {
  return {
      {"encryptwallet",
       "wallet",
       "puts the secret keys under a passphrase, without which nothing can be spent, and locks the wallet",
       {{"new_passphrase", ArgumentType::kPassphrase, true, "1 to 1024 bytes; nobody can recover it"}},
       "text",
       "encryptwallet passphrase"},
      {"walletpassphrase",
       "wallet",
       "unlocks an encrypted wallet for a time",
       {{"passphrase", ArgumentType::kPassphrase, true, "the wallet's"},
        {"seconds", ArgumentType::kInteger, true, "1 to 86400, from now"}},
       "{unlocked_seconds}",
       "walletpassphrase passphrase 60"},
      {"walletpassphrasechange",
       "wallet",
       "gives an encrypted wallet another passphrase; backups keep theirs",
       {{"old_passphrase", ArgumentType::kPassphrase, true, "the wallet's"},
        {"new_passphrase", ArgumentType::kPassphrase, true, "1 to 1024 bytes; nobody can recover it"}},
       "text",
       "walletpassphrasechange passphrase another"},
      {"walletlock", "wallet", "locks an encrypted wallet before its time", {}, "true", "walletlock"},
  };
}

}  // namespace

std::vector<Signature> wallet_signatures() {
  std::vector<Signature> all = key_signatures();
  for (Signature& signature : lock_signatures()) all.push_back(std::move(signature));
  return all;
}

}  // namespace freezenet::daemon
