#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"
#include "daemon/block_generator.h"
#include "daemon/mining_desk.h"
#include "daemon/options.h"
#include "daemon/rpc/base64.h"
#include "daemon/rpc/methods.h"
#include "daemon/wallet/amount.h"
#include "training/model_file.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

/// An address of this network, or the key itself as 64 hexadecimal digits.
Result<XOnlyKey> key_from(const NetworkParams& params, const std::string& text) {
  if (const auto bytes = bytes_from_hex(text); bytes && bytes->size() == 32) {
    XOnlyKey key;
    std::ranges::copy(*bytes, key.bytes.begin());
    return key;
  }
  return decode_address(params.address_prefix, text);
}

/// The key of the reward that a call names, or else the miner's.
Result<XOnlyKey> reward_key(const RpcParts& parts, const Arguments& arguments, const char* name) {
  if (!arguments.has(name)) return parts.keys.miner();
  return key_from(parts.chain.params(), arguments.text(name));
}

json template_report(const NetworkParams& params, const MiningDesk::Template& made) {
  const CandidateHeader& header = made.work.header;
  Writer encoded;
  header.encode(encoded);
  return {
      {"network", params.name},
      {"header", to_hex(ByteView(encoded.data()))},
      {"body", body_hex(made.work.body)},
      {"transactions", made.work.body.transactions.size()},
      {"reward", format_amount(made.work.reward)},
      {"height", made.work.height},
      {"previous", to_hex(header.prev_block)},
      {"time", header.time},
      {"bits", header.bits},
      {"target", to_hex(made.work.target)},
      {"task", made.work.task},
      {"task_name", params.tasks[made.work.task].name},
      {"task_id", to_hex(header.task_id)},
      {"start_root", to_hex(header.start_root)},
      {"body_root", to_hex(header.body_root)},
      {"miner", encode_address(params.address_prefix, header.miner_key)},
      {"signed_by", made.signed_here ? "node" : "miner"},
      {"longpollid", made.news_id},
  };
}

Answer get_template(RpcParts& parts, Arguments arguments) {
  const Result<XOnlyKey> miner = reward_key(parts, arguments, "miner");
  if (!miner) co_return tl::unexpected(miner.error());
  if (arguments.has("longpollid")) {
    auto changed = parts.desk.wait_for_change(arguments.text("longpollid"));
    if (const Result<> waited = co_await std::move(changed); !waited) co_return tl::unexpected(waited.error());
  }
  const Result<MiningDesk::Template> made = co_await parts.desk.issue(*miner);
  if (!made) co_return tl::unexpected(made.error());
  // A body may have a MiB.
  auto report = [&parts, &made]() -> Result<json> { return template_report(parts.chain.params(), *made); };
  co_return co_await parts.tools.workers.run(std::move(report));
}

Answer submit_block(RpcParts& parts, std::string header, std::string body) {
  auto read = [header = std::move(header), body = std::move(body)] { return read_submitted_work(header, body); };
  Result<SubmittedWork> work = co_await parts.tools.workers.run(std::move(read));
  if (!work) co_return tl::unexpected(work.error());
  auto submitted = parts.desk.submit(std::move(*work));
  const Result<MiningDesk::Outcome> outcome = co_await std::move(submitted);
  if (!outcome) co_return tl::unexpected(outcome.error());
  const char* const fate = outcome->fate == MiningDesk::Fate::kAccepted ? "accepted"
                           : outcome->fate == MiningDesk::Fate::kStale  ? "stale"
                                                                        : "queued";
  co_return json{{"hash", to_hex(outcome->hash)}, {"outcome", fate}};
}

/// A canonical model of the newest blocks: what a template that is not yet old may name.
struct StartModel {
  Hash256 root;
  Task task;
  Plan plan;
};

Result<StartModel> find_start_model(const Chain& chain, const std::optional<Hash256>& root) {
  constexpr std::uint64_t kNewest = 64;
  const NetworkParams& params = chain.params();
  const BlockEntry* after = &chain.tip();
  if (!root) {
    const std::size_t task = params.task_index(after->height + 1);
    return StartModel{chain.canonical_root(*after, task), params.tasks[task], chain.plan(task)};
  }
  for (std::uint64_t i = 0; i < kNewest && after != nullptr; ++i, after = after->parent) {
    for (std::size_t task = 0; task < params.tasks.size(); ++task) {
      if (chain.canonical_root(*after, task) == *root) return StartModel{*root, params.tasks[task], chain.plan(task)};
    }
  }
  return reject(RejectCode::kNotFound, "no model of root " + to_hex(*root) + " was canonical after one of the newest " +
                                           std::to_string(kNewest) + " blocks");
}

Answer get_start_model(RpcParts& parts, std::optional<Hash256> root) {
  auto asked = parts.chain.query([root](const Chain& chain) { return find_start_model(chain, root); });
  const Result<StartModel> wanted = co_await std::move(asked);
  if (!wanted) co_return tl::unexpected(wanted.error());
  const Result<MemoryBudget::Share> share = parts.tools.take_for_model(wanted->plan.model_bytes());
  if (!share) co_return tl::unexpected(share.error());
  auto read = [&parts, &wanted]() -> Result<json> {
    const auto weights = parts.models.get(wanted->root, wanted->plan.parameters);
    if (!weights) return tl::unexpected(weights.error());
    const Bytes file = training::write_model(wanted->task, wanted->plan, *weights, {{"kind", "canonical"}});
    return json{
        {"root", to_hex(wanted->root)}, {"task", wanted->task.name}, {"bytes", file.size()}, {"data", to_base64(file)}};
  };
  co_return co_await parts.tools.workers.run(std::move(read));
}

Answer generate(RpcParts& parts, Arguments arguments) {
  const NetworkParams& params = parts.chain.params();
  if (!is_local_network(params.name)) {
    co_return reject(RejectCode::kWrongNetwork,
                     "generatetoaddress is for regtest and localnet; on " + params.name + " use setmining");
  }
  if (const MiningInfo info = parts.mining_info(); info.refused) {
    co_return reject(RejectCode::kSelfTestFailed, info.state);
  }
  const std::uint64_t count = arguments.integer("blocks");
  if (count == 0 || count > BlockGenerator::kMostBlocks) {
    co_return reject(RejectCode::kTooLarge,
                     "blocks must be from 1 to " + std::to_string(BlockGenerator::kMostBlocks) + " a call");
  }
  const Result<XOnlyKey> address = reward_key(parts, arguments, "address");
  if (!address) co_return tl::unexpected(address.error());
  // A block is signed by the key of its reward.
  const Result<SecretKey> key = co_await parts.keys.secret(*address);
  if (!key) co_return tl::unexpected(key.error());
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto call = std::make_shared<WaitingCall>(executor);
  // Written before the wake, read after it.
  const auto mined = std::make_shared<std::optional<Result<std::vector<Hash256>>>>();
  const Result<> begun = parts.generator.generate(count, *key, [mined, call](Result<std::vector<Hash256>> blocks) {
    mined->emplace(std::move(blocks));
    call->wake();
  });
  if (!begun) co_return tl::unexpected(begun.error());
  while (!co_await call->wait(std::chrono::hours(1))) {
  }
  if (!**mined) co_return tl::unexpected((*mined)->error());
  json hashes = json::array();
  for (const Hash256& hash : ***mined) hashes.push_back(to_hex(hash));
  co_return hashes;
}

}  // namespace

json workers_report(const MiningDesk& desk) {
  const WorkerStats stats = desk.stats();
  return {{"accepted", stats.accepted}, {"stale", stats.stale}, {"refused", stats.refused}, {"waiting", stats.waiting}};
}

void add_work_methods(MethodTable& table, RpcParts& parts) {
  table.add("getblocktemplate",
            [&parts](Arguments arguments) -> Answer { return get_template(parts, std::move(arguments)); });
  table.add("submitblock", [&parts](Arguments arguments) -> Answer {
    return submit_block(parts, arguments.text("header"), arguments.text("body"));
  });
  table.add("getstartmodel", [&parts](Arguments arguments) -> Answer {
    std::optional<Hash256> root;
    if (arguments.has("root")) root = hash_from_hex(arguments.text("root"));
    return get_start_model(parts, root);
  });
  table.add("generatetoaddress",
            [&parts](Arguments arguments) -> Answer { return generate(parts, std::move(arguments)); });
}

}  // namespace freezenet::daemon
