#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"
#include "daemon/block_generator.h"
#include "daemon/mining_desk.h"
#include "daemon/options.h"
#include "daemon/rpc/base64.h"
#include "daemon/rpc/methods.h"
#include "training/model_file.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

/// What the answers say of the network; constant.
struct NetworkWords {
  std::string name;
  std::string prefix;
  std::vector<std::string> tasks;
};

boost::asio::awaitable<NetworkWords> network_words(ChainService& chain) {
  auto asked = chain.query([](const Chain& c) {
    NetworkWords words{c.params().name, c.params().address_prefix, {}};
    for (const Task& task : c.params().tasks) words.tasks.push_back(task.name);
    return words;
  });
  co_return co_await std::move(asked);
}

/// An address of this network, or the key itself as 64 hexadecimal digits.
Result<XOnlyKey> key_from(const NetworkWords& network, const std::string& text) {
  if (const auto bytes = bytes_from_hex(text); bytes && bytes->size() == 32) {
    XOnlyKey key;
    std::ranges::copy(*bytes, key.bytes.begin());
    return key;
  }
  return decode_address(network.prefix, text);
}

Result<XOnlyKey> key_or(const NetworkWords& network, const Arguments& arguments, const char* name, XOnlyKey otherwise) {
  return arguments.has(name) ? key_from(network, arguments.text(name)) : Result<XOnlyKey>(otherwise);
}

json template_report(const NetworkWords& network, const MiningDesk::Template& made) {
  const CandidateHeader& header = made.work.header;
  Writer encoded;
  header.encode(encoded);
  return {
      {"network", network.name},
      {"header", to_hex(ByteView(encoded.data()))},
      {"body", body_hex(made.work.body)},
      {"height", made.work.height},
      {"previous", to_hex(header.prev_block)},
      {"time", header.time},
      {"bits", header.bits},
      {"target", to_hex(made.work.target)},
      {"task", made.work.task},
      {"task_name", network.tasks[made.work.task]},
      {"task_id", to_hex(header.task_id)},
      {"start_root", to_hex(header.start_root)},
      {"body_root", to_hex(header.body_root)},
      {"miner", encode_address(network.prefix, header.miner_key)},
      {"signed_by", made.signed_here ? "node" : "miner"},
      {"longpollid", made.news_id},
  };
}

Answer get_template(RpcParts& parts, Arguments arguments) {
  const NetworkWords network = co_await network_words(parts.chain);
  const Result<XOnlyKey> miner = key_or(network, arguments, "miner", parts.own_key);
  if (!miner) co_return tl::unexpected(miner.error());
  if (arguments.has("longpollid")) {
    auto changed = parts.desk.wait_for_change(arguments.text("longpollid"));
    if (const Result<> waited = co_await std::move(changed); !waited) co_return tl::unexpected(waited.error());
  }
  co_return template_report(network, co_await parts.desk.issue(*miner));
}

Answer submit_block(RpcParts& parts, Arguments arguments) {
  Result<SubmittedWork> work = read_submitted_work(arguments.text("header"), arguments.text("body"));
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
  const auto weights = parts.models.get(wanted->root, wanted->plan.parameters);
  if (!weights) co_return tl::unexpected(weights.error());
  const Bytes file = training::write_model(wanted->task, wanted->plan, *weights, {{"kind", "canonical"}});
  co_return json{
      {"root", to_hex(wanted->root)}, {"task", wanted->task.name}, {"bytes", file.size()}, {"data", to_base64(file)}};
}

Answer generate(RpcParts& parts, Arguments arguments) {
  const NetworkWords network = co_await network_words(parts.chain);
  if (!is_local_network(network.name)) {
    co_return reject(RejectCode::kWrongNetwork,
                     "generatetoaddress is for regtest and localnet; on " + network.name + " use setmining");
  }
  if (const MiningInfo info = parts.mining_info(); info.refused) {
    co_return reject(RejectCode::kSelfTestFailed, info.state);
  }
  const std::uint64_t count = arguments.integer("blocks");
  if (count == 0 || count > BlockGenerator::kMostBlocks) {
    co_return reject(RejectCode::kTooLarge,
                     "blocks must be from 1 to " + std::to_string(BlockGenerator::kMostBlocks) + " a call");
  }
  const Result<XOnlyKey> address = key_or(network, arguments, "address", parts.own_key);
  if (!address) co_return tl::unexpected(address.error());
  const std::optional<SecretKey> key = parts.key_of(*address);
  if (!key) {
    co_return reject(RejectCode::kNotFound, "this node holds no key of " + encode_address(network.prefix, *address) +
                                                ", and a block is signed by the key of its reward");
  }
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
  table.add("submitblock",
            [&parts](Arguments arguments) -> Answer { return submit_block(parts, std::move(arguments)); });
  table.add("getstartmodel", [&parts](Arguments arguments) -> Answer {
    std::optional<Hash256> root;
    if (arguments.has("root")) root = hash_from_hex(arguments.text("root"));
    return get_start_model(parts, root);
  });
  table.add("generatetoaddress",
            [&parts](Arguments arguments) -> Answer { return generate(parts, std::move(arguments)); });
}

}  // namespace freezenet::daemon
