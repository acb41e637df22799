#include "daemon/rpc/wallet_history.h"

#include <algorithm>
#include <map>

#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"
#include "daemon/rpc/wallet_reports.h"
#include "daemon/wallet/amount.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
template <typename T>
using Awaitable = boost::asio::awaitable<T>;

/// Accounts that are looked up in one step of the chain's thread.
constexpr std::size_t kKeysAtOnce = 200;

/// Where something stands that touched the wallet.
struct Event {
  std::uint64_t height = 0;
  std::uint32_t place = 0;  ///< in its block: the reward first, then its transactions
  bool reward = false;
  bool operator<(const Event& other) const {
    return height != other.height ? height > other.height : place > other.place;  // newest first
  }
};

json waiting_report(const Mempool& pool, const std::set<XOnlyKey>& keys, const std::string& prefix) {
  std::vector<const PooledTransaction*> waiting;
  for (const auto& [sender, queue] : pool.queues()) {
    for (const PooledTransaction& pooled : queue.waiting()) {
      const auto* transfer = std::get_if<Transfer>(&pooled.transaction.action);
      if (keys.contains(sender) || (transfer != nullptr && keys.contains(transfer->to))) waiting.push_back(&pooled);
    }
  }
  std::ranges::stable_sort(waiting, std::greater<>{},
                           [](const PooledTransaction* p) { return std::pair(p->received, p->transaction.nonce); });
  json list = json::array();
  for (const PooledTransaction* pooled : waiting) {
    json row = own_transaction_report(pooled->transaction, keys, prefix);
    row.update({{"confirmations", 0}, {"height", nullptr}, {"block", nullptr}, {"time", pooled->received}});
    list.push_back(std::move(row));
  }
  return list;
}

std::vector<Event> rewards(const Chain& chain, const std::set<XOnlyKey>& keys, std::size_t most) {
  std::vector<Event> events;
  for (std::uint64_t height = chain.tip().height; height > 0 && events.size() < most; --height) {
    if (keys.contains(chain.at_height(height)->header.candidate.miner_key)) events.push_back({height, 0, true});
  }
  return events;
}

json placed(json row, const Chain& chain, const BlockEntry& block) {
  row.update({{"confirmations", chain.tip().height - block.height + 1},
              {"height", block.height},
              {"block", to_hex(block.hash)},
              {"time", block.header.candidate.time}});
  return row;
}

json reward_report(const Chain& chain, const BlockEntry& block) {
  return placed({{"kind", "reward"},
                 {"txid", nullptr},
                 {"from", nullptr},
                 {"fee", nullptr},
                 {"nonce", nullptr},
                 {"to", encode_address(chain.params().address_prefix, block.header.candidate.miner_key)},
                 {"amount", format_amount(chain.params().subsidy_at(block.height) + block.fees)}},
                chain, block);
}

}  // namespace

Awaitable<Result<json>> wallet_history(RpcParts& parts, std::set<XOnlyKey> keys, std::size_t skip, std::size_t count) {
  const std::string& prefix = parts.chain.params().address_prefix;
  const std::size_t most = skip + count;
  auto look = [&keys, &prefix](const Chain&, const Mempool& pool) { return waiting_report(pool, keys, prefix); };
  const json waiting = co_await parts.chain.query_mempool(std::move(look));
  json list = json::array();
  for (std::size_t i = skip; i < waiting.size() && list.size() < count; ++i) list.push_back(waiting[i]);

  auto mined = [&keys, most](const Chain& chain) { return rewards(chain, keys, most); };
  std::vector<Event> events = co_await parts.chain.query(std::move(mined));
  for (auto key = keys.begin(); key != keys.end();) {
    auto find = [&parts, &key, &keys, most](const Chain&) -> Result<std::vector<Event>> {
      std::vector<Event> found;
      for (std::size_t i = 0; i < kKeysAtOnce && key != keys.end(); ++i, ++key) {
        const auto places = parts.store.transactions_of(*key, 0, most);
        if (!places) return tl::unexpected(places.error());
        for (const TransactionPlace& place : *places) found.push_back({place.height, place.position + 1, false});
      }
      return found;
    };
    const Result<std::vector<Event>> found = co_await parts.chain.query(std::move(find));
    if (!found) co_return tl::unexpected(found.error());
    events.insert(events.end(), found->begin(), found->end());
  }
  std::sort(events.begin(), events.end());
  const auto same = [](const Event& a, const Event& b) { return a.height == b.height && a.place == b.place; };
  events.erase(std::unique(events.begin(), events.end(), same), events.end());

  std::size_t at = skip > waiting.size() ? skip - waiting.size() : 0;
  std::optional<std::pair<Hash256, Body>> body;  // the last one that was read
  for (; at < events.size() && list.size() < count; ++at) {
    const Event event = events[at];
    auto locate = [event](const Chain& chain) -> std::optional<Hash256> {
      const BlockEntry* block = chain.at_height(event.height);
      return block == nullptr ? std::nullopt : std::optional(block->hash);
    };
    const std::optional<Hash256> block = co_await parts.chain.query(std::move(locate));
    if (!block) continue;  // the chain was reorganised meanwhile
    std::optional<json> row;
    if (!event.reward) {
      if (!body || body->first != *block) {
        const Result<Bytes> encoded = co_await parts.chain.body(*block);
        if (!encoded) co_return tl::unexpected(encoded.error());
        Result<Body> decoded = Body::decode(*encoded);
        if (!decoded)
          co_return reject(RejectCode::kStorage, "a stored body does not decode: " + decoded.error().message());
        body.emplace(*block, std::move(*decoded));
      }
      if (event.place > body->second.transactions.size()) continue;
      row = own_transaction_report(body->second.transactions[event.place - 1], keys, prefix);
    }
    auto finish = [&row, &block](const Chain& chain) -> std::optional<json> {
      const BlockEntry* entry = chain.find(*block);
      if (entry == nullptr || !chain.is_active(*entry)) return std::nullopt;
      return row ? placed(*row, chain, *entry) : reward_report(chain, *entry);
    };
    std::optional<json> complete = co_await parts.chain.query(std::move(finish));
    if (complete) list.push_back(std::move(*complete));
  }
  co_return list;
}

}  // namespace freezenet::daemon
