#include "consensus/base/hex.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/reports.h"

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

}  // namespace

void add_chain_methods(MethodTable& table, RpcParts& parts) {
  ChainService& chain = parts.chain;

  table.add("getblockchaininfo", [&chain](Arguments) -> Answer {
    json report = co_await chain.query(chain_report);
    report["paused"] = pause_report(co_await chain.paused());
    co_return report;
  });

  table.add("getbestblockhash", [&chain](Arguments) -> Answer {
    co_return json(to_hex(co_await chain.query([](const Chain& c) { return c.tip().hash; })));
  });

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
    (*block)["digests"] = nullptr;  // genesis has none, and a block that was never verified is not kept
    if (encoded) {
      const Result<Body> body = Body::decode(*encoded);
      if (!body)
        co_return reject(RejectCode::kStorage,
                         "the stored body of block " + to_hex(hash) + " does not decode: " + body.error().message());
      (*block)["digests"] = json::array();
      for (const Hash256& digest : body->digests) (*block)["digests"].push_back(to_hex(digest));
    } else if (encoded.error().code != RejectCode::kNotFound) {
      co_return tl::unexpected(encoded.error());
    }
    co_return block;
  });

  table.add("getstatehash", [&chain](Arguments) -> Answer {
    co_return co_await chain.query([](const Chain& c) {
      return json{{"height", c.tip().height}, {"tip", to_hex(c.tip().hash)}, {"state_hash", to_hex(c.state_hash())}};
    });
  });
}

}  // namespace freezenet::daemon
