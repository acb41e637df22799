#include "daemon/rpc/signature_groups.h"

namespace freezenet::daemon {
namespace {

constexpr auto kFileHelp = "whole path on the node's machine (freezenet-cli: relative to where you are)";
constexpr auto kAmountHelp = "coins as text with at most eight digits behind the point: \"1.25\"";
constexpr auto kRateHelp = "coins for 1,000 bytes, as text; the node's least where nothing is said";

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
       "encryptwallet old"},
      {"walletpassphrase",
       "wallet",
       "unlocks an encrypted wallet for a time",
       {{"passphrase", ArgumentType::kPassphrase, true, "the wallet's"},
        {"seconds", ArgumentType::kInteger, true, "1 to 86400, from now"}},
       "{unlocked_seconds}",
       "walletpassphrase old 60"},
      {"walletpassphrasechange",
       "wallet",
       "gives an encrypted wallet another passphrase; backups keep theirs",
       {{"old_passphrase", ArgumentType::kPassphrase, true, "the wallet's"},
        {"new_passphrase", ArgumentType::kPassphrase, true, "1 to 1024 bytes; nobody can recover it"}},
       "text",
       "walletpassphrasechange old new"},
      {"walletlock", "wallet", "locks an encrypted wallet before its time", {}, "true", "walletlock"},
  };
}

std::vector<Signature> spending_signatures() {
  return {
      {"getbalance",
       "wallet",
       "what the wallet, or one address, can spend now; rewards that are too young; what waiting transactions bring",
       {{"address", ArgumentType::kText, false, "any address of the network"}},
       "{spendable, immature, pending}; coins as text",
       "getbalance"},
      {"listtransactions",
       "wallet",
       "what touched the wallet, newest first: what waits for a block, then the active chain, rewards among it",
       {{"count", ArgumentType::kInteger, false, "at most 1000; 10 where nothing is said"},
        {"skip", ArgumentType::kInteger, false, "leave out so many, at most 100000"}},
       "[{kind, txid, from, to, amount, fee, nonce, confirmations, height, block, time} ...]; kind: reward, sent, "
       "received, moved or claimed",
       "listtransactions 20"},
      {"sendtoaddress",
       "wallet",
       "pays from one of the wallet's addresses; when it answers, the transaction is on the disk and waits for a block",
       {{"address", ArgumentType::kText, true, "who receives"},
        {"amount", ArgumentType::kText, true, kAmountHelp},
        {"fee_rate", ArgumentType::kText, false, kRateHelp},
        {"from", ArgumentType::kText, false,
         "which of the wallet's addresses pays; the one with the least that suffices"}},
       "{kind, txid, from, to, amount, fee, nonce}",
       "sendtoaddress ADDRESS 1.25"},
      {"claimmodel",
       "wallet",
       "puts a dated commitment into the chain that an ownership watermark of yours is in a model",
       {{"model", ArgumentType::kBlock, true,
         "height or hash of a block, whose signed model is meant, or a model's root"},
        {"scheme",
         ArgumentType::kText,
         true,
         "the watermark's: gradsigns, deepwater, trigger-set or null-embedding",
         {"gradsigns", "deepwater", "trigger-set", "null-embedding"}},
        {"commitment", ArgumentType::kHash, true, "should bind your key"},
        {"fee_rate", ArgumentType::kText, false, kRateHelp},
        {"from", ArgumentType::kText, false, "which of the wallet's addresses claims"}},
       "{kind, txid, from, model_root, scheme, commitment, fee, nonce}",
       "claimmodel 1 gradsigns 0000000000000000000000000000000000000000000000000000000000000000"},
  };
}

}  // namespace

std::vector<Signature> wallet_signatures() {
  std::vector<Signature> all = spending_signatures();
  for (Signature& signature : key_signatures()) all.push_back(std::move(signature));
  for (Signature& signature : lock_signatures()) all.push_back(std::move(signature));
  return all;
}

}  // namespace freezenet::daemon
