#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/reports.h"
#include "daemon/rpc/transaction_reports.h"
#include "daemon/wallet/amount.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

constexpr std::size_t kMempoolDefault = 1'000, kMempoolMost = 10'000;

Result<Transaction> transaction_of(const std::string& hex) {
  if (hex.size() > 2 * Transaction::kMaxSize) {
    return reject(RejectCode::kTooLarge,
                  "no transaction has more than " + std::to_string(Transaction::kMaxSize) + " bytes");
  }
  const auto bytes = bytes_from_hex(hex);
  if (!bytes) return reject(RejectCode::kBadEncoding, "the transaction is not hexadecimal text");
  auto decoded = Transaction::decode(*bytes);
  if (!decoded) return reject(decoded.error().code, "this is no transaction: " + decoded.error().message());
  return decoded;
}

/// A transaction of the active chain, with its place; null where the chain has none of this id. The chain's thread.
Result<json> in_chain(const Chain& chain, SqliteChainStore& store, const Hash256& id) {
  const auto place = store.find_transaction(id);
  if (!place) return tl::unexpected(place.error());
  if (!*place) return json();
  const BlockEntry* block = chain.at_height((*place)->height);
  auto body =
      block != nullptr ? store.body(block->hash) : Result<Body>(tl::unexpected(unknown_block((*place)->height)));
  if (!body) return tl::unexpected(body.error());
  if ((*place)->position >= body->transactions.size() || body->transactions[(*place)->position].id() != id) {
    return reject(RejectCode::kStorage, "the index says that transaction " + to_hex(id) + " is in block " +
                                            to_hex(block->hash) + ", which does not hold it; start with --reindex");
  }
  json report = transaction_report(chain.params(), body->transactions[(*place)->position]);
  report["height"] = block->height;
  report["block"] = to_hex(block->hash);
  report["position"] = (*place)->position;
  report["confirmations"] = chain.tip().height - block->height + 1;
  report["time"] = block->header.candidate.time;
  return report;
}

Answer get_transaction(RpcParts& parts, Hash256 id) {
  auto read = [&parts, id](const Chain& chain, const Mempool& pool) -> Result<json> {
    if (const PooledTransaction* waiting = pool.find(id)) {
      json report = transaction_report(chain.params(), waiting->transaction);
      for (const char* key : {"height", "block", "position"}) report[key] = nullptr;
      report["confirmations"] = 0;
      report["time"] = waiting->received;
      return report;
    }
    return in_chain(chain, parts.store, id);
  };
  auto found = co_await parts.chain.query_mempool(std::move(read));
  if (found && found->is_null()) {
    co_return reject(RejectCode::kNotFound,
                     "no transaction " + to_hex(id) + " is in the active chain, and none waits here");
  }
  co_return found;
}

Result<json> claims_of(const Chain& chain, const BlockId& model) {
  const BlockEntry* block = find_block(chain, model);
  if (block == nullptr && !std::holds_alternative<Hash256>(model)) return tl::unexpected(unknown_block(model));
  if (block == nullptr) return claims_report(chain, {std::get<Hash256>(model)});
  std::vector<Hash256> roots;
  if (block->height > 0) roots.push_back(block->header.model_root);
  if (block->height == 0 || block->outcome)
    roots.push_back(chain.canonical_root(*block, chain.params().task_index(block->height)));
  return claims_report(chain, roots);
}

Answer get_account(RpcParts& parts, std::string text) {
  auto read = [text = std::move(text)](const Chain& chain, const Mempool& pool) -> Result<json> {
    const auto key = decode_address(chain.params().address_prefix, text);
    if (!key) return tl::unexpected(key.error());
    const Account account = chain.ledger().find(*key).value_or(Account{});
    return json{
        {"address", text},
        {"balance", format_amount(account.balance)},
        {"immature", format_amount(chain.immature_balance(*key))},
        {"pending", format_amount(pool.pending(*key))},
        {"nonce", account.nonce},
        {"next_nonce", pool.next_nonce(*key, chain.ledger())},
    };
  };
  co_return co_await parts.chain.query_mempool(std::move(read));
}

/// The first of what a block would take.
std::vector<PooledTransaction> first_waiting(const Mempool& pool, std::size_t count) {
  std::vector<PooledTransaction> list;
  for (const Transaction& transaction : pool.select(count * Transaction::kMaxSize)) {
    if (list.size() == count) break;
    list.push_back(*pool.find(transaction.id()));
  }
  return list;
}

Answer get_raw_mempool(ChainService& chain, bool verbose, std::size_t count) {
  // Copied there, written here: the chain's thread has better things to do.
  const auto list =
      co_await chain.query_mempool([count](const Chain&, const Mempool& pool) { return first_waiting(pool, count); });
  json report = json::array();
  for (const PooledTransaction& waiting : list) {
    report.push_back(verbose ? waiting_report(chain.params(), waiting) : json(to_hex(waiting.id)));
  }
  co_return report;
}

}  // namespace

void add_transaction_methods(MethodTable& table, RpcParts& parts) {
  ChainService& chain = parts.chain;

  table.add("sendrawtransaction", [&chain](Arguments arguments) -> Answer {
    auto transaction = transaction_of(arguments.text("hex"));
    if (!transaction) co_return tl::unexpected(transaction.error());
    const Result<Hash256> id = co_await chain.submit_transaction(*std::move(transaction));
    if (!id) co_return tl::unexpected(id.error());
    co_return json(to_hex(*id));
  });

  table.add("decoderawtransaction", [&chain](Arguments arguments) -> Answer {
    const auto transaction = transaction_of(arguments.text("hex"));
    if (!transaction) co_return tl::unexpected(transaction.error());
    co_return co_await chain.query([&transaction](const Chain& c) {
      json report = transaction_report(c.params(), *transaction);
      report["signed"] = transaction->check_signature(c.genesis().hash).has_value();
      return report;
    });
  });

  table.add("gettransaction", [&parts](Arguments arguments) -> Answer {
    return get_transaction(parts, hash_from_hex(arguments.text("id")).value());
  });

  table.add("getrawmempool", [&chain](Arguments arguments) -> Answer {
    const bool verbose = arguments.has("verbose") && arguments.boolean("verbose");
    const std::uint64_t count = arguments.has("count") ? arguments.integer("count") : kMempoolDefault;
    return get_raw_mempool(chain, verbose, std::min<std::uint64_t>(count, kMempoolMost));
  });

  table.add("getmempoolinfo", [&chain](Arguments) -> Answer {
    co_return co_await chain.query_mempool([](const Chain&, const Mempool& pool) {
      return json{
          {"transactions", pool.size()},
          {"accounts", pool.queues().size()},
          {"memory_bytes", pool.bytes()},
          {"memory_limit_bytes", pool.limits().bytes},
          {"fee_per_kilobyte", format_amount(pool.limits().fee_per_kilobyte)},
          {"expiry_seconds", pool.limits().expiry},
      };
    });
  });

  table.add("getaccount",
            [&parts](Arguments arguments) -> Answer { return get_account(parts, arguments.text("address")); });

  table.add("getclaim", [&chain](Arguments arguments) -> Answer {
    const BlockId model = arguments.block("model");
    co_return co_await chain.query([model](const Chain& c) { return claims_of(c, model); });
  });
}

}  // namespace freezenet::daemon
