#include "consensus/base/hex.h"
#include "daemon/assumption_text.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/reports.h"
#include "daemon/rpc/transaction_reports.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

/// The block's report; null and the reject's text where it is not known.
auto report_of(const BlockId& id) {
  return [id](const Chain& chain) -> Result<json> {
    const BlockEntry* entry = find_block(chain, id);
    if (entry == nullptr) return tl::unexpected(unknown_block(id));
    return block_report(chain, *entry);
  };
}

json state_report(const Chain& c) {
  return {{"height", c.tip().height}, {"tip", to_hex(c.tip().hash)}, {"state_hash", to_hex(c.state_hash())}};
}

Result<json> assumption_report(const Chain& chain, const std::optional<BlockId>& id) {
  const BlockEntry* block = id ? find_block(chain, *id) : &chain.tip();
  if (block == nullptr) return tl::unexpected(unknown_block(*id));
  if (block->height == 0 || !chain.is_active(*block)) {
    return reject(RejectCode::kNotFound, "block " + to_hex(block->hash) + " is no block of the active chain");
  }
  if (const BlockEntry* below = chain.lowest_assumed(); below != nullptr && below->height <= block->height) {
    return reject(RejectCode::kBusy, "this node itself has not replayed the blocks from height " +
                                         std::to_string(below->height) + " on yet");
  }
  const Assumption assumption{block->height, block->hash, block->outcome->canonical_root};
  return json{{"height", assumption.height},
              {"block", to_hex(assumption.block)},
              {"canonical_root", to_hex(assumption.canonical_root)},
              {"text", to_text(assumption)}};
}

Answer set_aside(ChainService& chain, BlockId id, bool reconsider) {
  const Result<json> block = co_await chain.query(report_of(id));
  if (!block) co_return tl::unexpected(block.error());
  const Hash256 hash = hash_from_hex(block->at("hash").get<std::string>()).value();
  const Result<> done = co_await chain.set_aside(hash, reconsider);
  if (!done) co_return tl::unexpected(done.error());
  co_return co_await chain.query(state_report);
}

}  // namespace

void add_chain_methods(MethodTable& table, RpcParts& parts) {
  ChainService& chain = parts.chain;

  table.add("getblockchaininfo", [&parts](Arguments) -> Answer { co_return parts.snapshot.latest()->chain; });

  table.add("getbestblockhash", [&parts](Arguments) -> Answer { co_return json(parts.snapshot.latest()->hash); });

  table.add("getblockhash", [&chain](Arguments arguments) -> Answer {
    const BlockId id = arguments.integer("height");
    const Result<json> block = co_await chain.query(report_of(id));
    if (!block) co_return tl::unexpected(block.error());
    co_return block->at("hash");
  });

  table.add("getblockheader", [&chain](Arguments arguments) -> Answer {
    co_return co_await chain.query(report_of(arguments.block("block")));
  });

  table.add("getblock", [&chain](Arguments arguments) -> Answer {
    Result<json> block = co_await chain.query(report_of(arguments.block("block")));
    if (!block) co_return block;
    const Hash256 hash = hash_from_hex(block->at("hash").get<std::string>()).value();
    const Result<Bytes> encoded = co_await chain.body(hash);
    (*block)["transactions"] = json::array();
    (*block)["digests"] = nullptr;  // genesis has none, and a block that was never verified is not kept
    if (encoded) {
      const Result<Body> body = Body::decode(*encoded);
      if (!body)
        co_return reject(RejectCode::kStorage,
                         "the stored body of block " + to_hex(hash) + " does not decode: " + body.error().message());
      (*block)["digests"] = json::array();
      for (const Transaction& transaction : body->transactions)
        (*block)["transactions"].push_back(transaction_report(chain.params(), transaction));
      for (const Hash256& digest : body->digests) (*block)["digests"].push_back(to_hex(digest));
    } else if (encoded.error().code != RejectCode::kNotFound) {
      co_return tl::unexpected(encoded.error());
    }
    co_return block;
  });

  table.add("getstatehash", [&parts](Arguments) -> Answer {
    const auto view = parts.snapshot.latest();
    co_return json{{"height", view->chain.at("height")},
                   {"tip", view->chain.at("hash")},
                   {"state_hash", view->chain.at("state_hash")}};
  });

  table.add("getassumevalid", [&chain](Arguments arguments) -> Answer {
    const std::optional<BlockId> id = arguments.has("block") ? std::optional(arguments.block("block")) : std::nullopt;
    co_return co_await chain.query([id](const Chain& c) { return assumption_report(c, id); });
  });

  table.add("getchaintips", [&chain](Arguments) -> Answer { co_return co_await chain.query(tips_report); });

  table.add("invalidateblock",
            [&chain](Arguments arguments) -> Answer { return set_aside(chain, arguments.block("block"), false); });
  table.add("reconsiderblock",
            [&chain](Arguments arguments) -> Answer { return set_aside(chain, arguments.block("block"), true); });
}

}  // namespace freezenet::daemon
