#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/reports.h"
#include "daemon/rpc/turns.h"
#include "daemon/rpc/wallet_history.h"
#include "daemon/rpc/wallet_reports.h"
#include "daemon/wallet/amount.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

constexpr std::uint64_t kMaxFee = kCoin;  // of one transaction: whoever offers more has mistaken the unit
constexpr std::uint64_t kMaxListed = 1'000, kMaxSkipped = 100'000;

/// What a user wants to have made, signed and sent.
struct Order {
  std::variant<Transfer, Claim> action;
  std::optional<std::uint64_t> fee_per_kilobyte;  ///< units; the node's least where nothing is said
  std::optional<XOnlyKey> from;
};

/// What the chain's thread knows of it.
struct Offer {
  std::vector<PayerAccount> accounts;
  Hash256 genesis;
  std::uint64_t least_rate = 0;
};

std::set<XOnlyKey> keys_of(const WalletView& view) {
  std::set<XOnlyKey> keys;
  for (const WalletEntry& entry : view.entries) keys.insert(entry.key);
  return keys;
}

/// Sets fee, sender and nonce. kInsufficientFunds where no single account can pay.
Result<> fill(Transaction& transaction, const Order& order, const Offer& offer) {
  const std::uint64_t rate = std::max(order.fee_per_kilobyte.value_or(offer.least_rate), offer.least_rate);
  const unsigned __int128 fee = (static_cast<unsigned __int128>(rate) * transaction.size() + 999) / 1000;
  if (fee > kMaxFee) {
    return reject(RejectCode::kOverflow,
                  "the fee would be over " + format_amount(kMaxFee) + "; fee_rate is coins for 1,000 bytes");
  }
  transaction.fee = static_cast<std::uint64_t>(fee);
  const auto* transfer = std::get_if<Transfer>(&transaction.action);
  const std::uint64_t amount = transfer == nullptr ? 0 : transfer->amount;
  if (amount > ~std::uint64_t{0} - transaction.fee) return reject(RejectCode::kOverflow, "the amount is too large");
  const auto payer = choose_payer(offer.accounts, amount + transaction.fee);
  if (!payer) {
    return reject(RejectCode::kInsufficientFunds,
                  "no single address has " + format_amount(amount + transaction.fee) + " (fee included); the most is " +
                      format_amount(most_available(offer.accounts)) + ". Send less, or gather coins at one address");
  }
  transaction.from = payer->key;
  transaction.nonce = payer->next_nonce;
  return {};
}

/// One at a time: the next order counts with this one's nonce and money.
Answer send(RpcParts& parts, WalletService& wallet, Turns& turns, Order order) {
  const Turns::Turn turn = co_await turns.take();
  const auto view = wallet.view();
  std::set<XOnlyKey> keys = keys_of(*view);
  if (order.from && !keys.contains(*order.from))
    co_return reject(RejectCode::kNotFound, "the wallet does not have the address that shall pay");
  if (order.from) keys = {*order.from};
  auto ask = [&keys](const Chain& chain, const Mempool& pool) {
    return Offer{payer_accounts(chain, pool, keys), chain.genesis().hash, pool.limits().fee_per_kilobyte};
  };
  const Offer offer = co_await parts.chain.query_mempool(std::move(ask));
  Transaction transaction;
  transaction.action = order.action;
  if (const Result<> filled = fill(transaction, order, offer); !filled) co_return tl::unexpected(filled.error());
  // On the wallet's thread, which no secret leaves.
  auto sign = [&transaction, &offer](Wallet& w) -> Result<> {
    const Result<SecretKey> secret = w.secret(transaction.from);
    if (!secret) return tl::unexpected(secret.error());
    transaction.sign(*secret, offer.genesis);
    return {};
  };
  if (const Result<> is_signed = co_await wallet.run(std::move(sign)); !is_signed)
    co_return tl::unexpected(is_signed.error());
  const Result<Hash256> sent = co_await parts.chain.submit_transaction(transaction);
  if (!sent) co_return tl::unexpected(sent.error());
  co_return own_transaction_report(transaction, keys_of(*view), parts.chain.params().address_prefix);
}

/// The parts of an order that both kinds have; the rejects of parse_amount() and decode_address().
Result<Order> order_from(const RpcParts& parts, const Arguments& arguments, std::variant<Transfer, Claim> action) {
  Order order{std::move(action), std::nullopt, std::nullopt};
  if (arguments.has("fee_rate")) {
    const auto rate = parse_amount(arguments.text("fee_rate"));
    if (!rate) return tl::unexpected(rate.error());
    order.fee_per_kilobyte = *rate;
  }
  if (arguments.has("from")) {
    const auto from = decode_address(parts.chain.params().address_prefix, arguments.text("from"));
    if (!from) return tl::unexpected(from.error());
    order.from = *from;
  }
  return order;
}

Answer send_to_address(RpcParts& parts, WalletService& wallet, Turns& turns, Arguments arguments) {
  const auto to = decode_address(parts.chain.params().address_prefix, arguments.text("address"));
  if (!to) co_return tl::unexpected(to.error());
  const auto amount = parse_amount(arguments.text("amount"));
  if (!amount) co_return tl::unexpected(amount.error());
  if (*amount == 0) co_return reject(RejectCode::kBadEncoding, "the amount is nothing");
  const auto order = order_from(parts, arguments, Transfer{*to, *amount});
  if (!order) co_return tl::unexpected(order.error());
  co_return co_await send(parts, wallet, turns, *order);
}

Answer claim_model(RpcParts& parts, WalletService& wallet, Turns& turns, Arguments arguments) {
  const BlockId id = arguments.block("model");
  // A hash that is no block's is the root itself: of a model that this node may never have seen.
  auto find = [id](const Chain& chain) -> Result<Hash256> {
    const BlockEntry* block = find_block(chain, id);
    if (block == nullptr && std::holds_alternative<Hash256>(id)) return std::get<Hash256>(id);
    if (block == nullptr) return tl::unexpected(unknown_block(id));
    if (block->parent == nullptr) return reject(RejectCode::kNotFound, "nobody trained the model of genesis");
    return block->header.model_root;
  };
  const Result<Hash256> root = co_await parts.chain.query(std::move(find));
  if (!root) co_return tl::unexpected(root.error());
  const auto scheme = claim_scheme(arguments.text("scheme"));
  if (!scheme) co_return reject(RejectCode::kBadEncoding, "there is no such scheme");
  const Claim claim{*root, *scheme, hash_from_hex(arguments.text("commitment")).value()};
  const auto order = order_from(parts, arguments, claim);
  if (!order) co_return tl::unexpected(order.error());
  co_return co_await send(parts, wallet, turns, *order);
}

Answer balance(RpcParts& parts, WalletService& wallet, Arguments arguments) {
  std::set<XOnlyKey> keys = keys_of(*wallet.view());
  if (arguments.has("address")) {
    const auto key = decode_address(parts.chain.params().address_prefix, arguments.text("address"));
    if (!key) co_return tl::unexpected(key.error());
    keys = {*key};
  }
  auto look = [&keys](const Chain& chain, const Mempool& pool) { return balance_report(chain, pool, keys); };
  co_return co_await parts.chain.query_mempool(std::move(look));
}

Answer history(RpcParts& parts, WalletService& wallet, Arguments arguments) {
  const std::uint64_t count = arguments.has("count") ? arguments.integer("count") : 10;
  const std::uint64_t skip = arguments.has("skip") ? arguments.integer("skip") : 0;
  if (count > kMaxListed || skip > kMaxSkipped) {
    co_return reject(RejectCode::kTooLarge, "at most " + std::to_string(kMaxListed) + " are listed, after at most " +
                                                std::to_string(kMaxSkipped));
  }
  co_return co_await wallet_history(parts, keys_of(*wallet.view()), skip, count);
}

}  // namespace

void add_spending_methods(MethodTable& table, RpcParts& parts) {
  const auto turns = std::make_shared<Turns>();
  add_wallet_method(table, parts, "getbalance", [&parts](WalletService& wallet, Arguments arguments) -> Answer {
    return balance(parts, wallet, std::move(arguments));
  });
  add_wallet_method(table, parts, "listtransactions", [&parts](WalletService& wallet, Arguments arguments) -> Answer {
    return history(parts, wallet, std::move(arguments));
  });
  add_wallet_method(table, parts, "sendtoaddress",
                    [&parts, turns](WalletService& wallet, Arguments arguments) -> Answer {
                      return send_to_address(parts, wallet, *turns, std::move(arguments));
                    });
  add_wallet_method(table, parts, "claimmodel", [&parts, turns](WalletService& wallet, Arguments arguments) -> Answer {
    return claim_model(parts, wallet, *turns, std::move(arguments));
  });
}

}  // namespace freezenet::daemon
