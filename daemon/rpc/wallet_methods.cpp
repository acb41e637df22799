#include <openssl/crypto.h>

#include "consensus/crypto/address.h"
#include "daemon/rpc/methods.h"
#include "daemon/wallet/wallet_service.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

/// A copy that is zeroed when the last who has it is done.
class Passphrase {
 public:
  explicit Passphrase(std::string text) : text_(std::make_shared<Text>(std::move(text))) {}
  [[nodiscard]] const std::string& text() const { return text_->text; }

 private:
  struct Text {
    explicit Text(std::string t) : text(std::move(t)) {}
    ~Text() { OPENSSL_cleanse(text.data(), text.size()); }
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;
    std::string text;
  };
  std::shared_ptr<const Text> text_;
};

Passphrase passphrase(const Arguments& arguments, std::string_view name) { return Passphrase(arguments.text(name)); }

json wallet_report(const WalletService& wallet) {
  const auto view = wallet.view();
  const std::uint64_t seconds = wallet.unlocked_seconds(*view);
  const std::string reminder = backup_reminder(*view);
  return {{"file", view->file.string()},
          {"format", WalletFile::kVersion},
          {"encrypted", view->encrypted},
          {"locked", view->encrypted && seconds == 0},
          {"unlocked_seconds", view->encrypted ? json(seconds) : json()},
          {"keys", view->entries.size()},
          {"not_backed_up", view->not_backed_up()},
          {"reminder", reminder.empty() ? json() : json(reminder)}};
}

json addresses_report(const WalletView& view, const std::string& prefix) {
  json list = json::array();
  for (const WalletEntry& entry : view.entries) {
    list.push_back({{"address", encode_address(prefix, entry.key)},
                    {"label", entry.label},
                    {"created", entry.created},
                    {"backed_up", entry.backed_up}});
  }
  return list;
}

/// Runs a step of the wallet and says `answer` where it worked.
template <typename F>
Answer step(WalletService& wallet, F run, json answer) {
  const Result<> done = co_await wallet.run(std::move(run));
  if (!done) co_return tl::unexpected(done.error());
  co_return answer;
}

Answer new_address(WalletService& wallet, std::string prefix, std::string label) {
  // Named, here and below: GCC 12 destroys a closure twice that is a temporary of a co_await expression.
  auto make = [label](Wallet& w) { return w.new_key(label); };
  const Result<XOnlyKey> key = co_await wallet.run(std::move(make));
  if (!key) co_return tl::unexpected(key.error());
  co_return json(encode_address(prefix, *key));
}

Answer backup(WalletService& wallet, std::filesystem::path file) {
  auto copy = [file](Wallet& w) { return w.backup(file); };
  const Result<> done = co_await wallet.run(std::move(copy));
  if (!done) co_return tl::unexpected(done.error());
  const auto view = wallet.view();
  co_return json{{"file", file.string()}, {"keys", view->entries.size()}, {"not_backed_up", view->not_backed_up()}};
}

Answer restore(WalletService& wallet, std::filesystem::path file, std::optional<Passphrase> given) {
  auto take = [file, given](Wallet& w) { return w.restore(file, given ? std::optional(given->text()) : std::nullopt); };
  const Result<Wallet::Restored> done = co_await wallet.run(std::move(take));
  if (!done) co_return tl::unexpected(done.error());
  co_return json{{"added", done->added}, {"known", done->known}, {"encrypted_now", done->encrypted_now}};
}

Answer unlock(WalletService& wallet, Passphrase given, std::uint64_t seconds) {
  // What is beyond any clock is beyond the wallet's bound too.
  const std::chrono::seconds span(std::min<std::uint64_t>(seconds, 1ULL << 32));
  auto open = [given, span](Wallet& w) { return w.unlock(given.text(), span); };
  const Result<> done = co_await wallet.run(std::move(open));
  if (!done) co_return tl::unexpected(done.error());
  co_return json{{"unlocked_seconds", wallet.unlocked_seconds(*wallet.view())}};
}

Answer lock(WalletService& wallet) {
  const Result<> done = co_await wallet.lock();
  if (!done) co_return tl::unexpected(done.error());
  co_return json(true);
}

Answer no_wallet() {
  co_return reject(RejectCode::kWalletState, "this node has no wallet: start it without --no-wallet");
}

void add_lock_methods(MethodTable& table, RpcParts& parts) {
  add_wallet_method(table, parts, "encryptwallet", [](WalletService& wallet, Arguments arguments) -> Answer {
    return step(
        wallet, [given = passphrase(arguments, "new_passphrase")](Wallet& w) { return w.encrypt(given.text()); },
        "the wallet is encrypted and locked; make a new backup, and destroy the ones from before: they are not "
        "encrypted");
  });
  add_wallet_method(table, parts, "walletpassphrase", [](WalletService& wallet, Arguments arguments) -> Answer {
    return unlock(wallet, passphrase(arguments, "passphrase"), arguments.integer("seconds"));
  });
  add_wallet_method(table, parts, "walletpassphrasechange", [](WalletService& wallet, Arguments arguments) -> Answer {
    return step(
        wallet,
        [before = passphrase(arguments, "old_passphrase"), after = passphrase(arguments, "new_passphrase")](Wallet& w) {
          return w.change_passphrase(before.text(), after.text());
        },
        "the passphrase is changed; make a new backup: the ones from before open with the old one");
  });
  add_wallet_method(table, parts, "walletlock",
                    [](WalletService& wallet, Arguments) -> Answer { return lock(wallet); });
}

}  // namespace

void add_wallet_method(MethodTable& table, RpcParts& parts, std::string_view name, WalletHandler handler) {
  table.add(name, [&parts, handler = std::move(handler)](Arguments arguments) -> Answer {
    return parts.wallet != nullptr ? handler(*parts.wallet, std::move(arguments)) : no_wallet();
  });
}

void add_wallet_methods(MethodTable& table, RpcParts& parts) {
  add_wallet_method(table, parts, "getnewaddress", [&parts](WalletService& wallet, Arguments arguments) -> Answer {
    return new_address(wallet, parts.chain.params().address_prefix, arguments.text_or("label", ""));
  });
  add_wallet_method(table, parts, "listaddresses", [&parts](WalletService& wallet, Arguments) -> Answer {
    co_return addresses_report(*wallet.view(), parts.chain.params().address_prefix);
  });
  add_wallet_method(table, parts, "getwalletinfo",
                    [](WalletService& wallet, Arguments) -> Answer { co_return wallet_report(wallet); });
  add_wallet_method(table, parts, "backupwallet", [](WalletService& wallet, Arguments arguments) -> Answer {
    return backup(wallet, arguments.text("file"));
  });
  add_wallet_method(table, parts, "restorewallet", [](WalletService& wallet, Arguments arguments) -> Answer {
    return restore(wallet, arguments.text("file"),
                   arguments.has("passphrase") ? std::optional(passphrase(arguments, "passphrase")) : std::nullopt);
  });
  add_lock_methods(table, parts);
  add_spending_methods(table, parts);
}

}  // namespace freezenet::daemon
