#include "consensus/base/hex.h"
#include "consensus/watermark.h"
#include "daemon/rpc/base64.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/model_proof.h"
#include "daemon/rpc/reports.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

/// What getmodel takes from the chain, copied, so that files and encodings are worked on outside its thread.
struct WantedModel {
  Task task;
  Plan plan;
  std::string network;
  std::uint64_t height = 0;
  Hash256 block;
  Hash256 root;
  std::optional<std::uint32_t> score;
  bool genesis = false;
};

Result<WantedModel> wanted_model(const Chain& chain, const BlockId& id, bool sealed) {
  const BlockEntry* entry = find_block(chain, id);
  if (entry == nullptr) return tl::unexpected(unknown_block(id));
  const NetworkParams& params = chain.params();
  const bool genesis = entry->parent == nullptr;
  if (genesis && sealed)
    return reject(RejectCode::kNotFound, "genesis has no signed model: nobody trained it; ask for the canonical one");
  if (!genesis && !entry->outcome)
    return reject(RejectCode::kNotFound, "block " + to_hex(entry->hash) + " is not verified here");
  const std::size_t index = params.task_index(entry->height);
  WantedModel wanted{params.tasks[index], chain.plan(index), params.name, entry->height, entry->hash, {}, {}, genesis};
  wanted.root = sealed ? entry->header.model_root : chain.canonical_root(*entry, index);
  wanted.score = sealed ? std::optional(entry->outcome->score) : chain.canonical_score(*entry, index);
  return wanted;
}

Result<std::vector<float>> weights_of(const WantedModel& wanted, const ModelStore& models, std::uint64_t kept) {
  if (wanted.genesis) return genesis_weights(wanted.plan, wanted.task.id());
  Result<std::vector<float>> weights = models.get(wanted.root, wanted.plan.parameters);
  if (!weights && weights.error().code == RejectCode::kNotFound) {
    return reject(RejectCode::kNotFound, "this node does not keep the model " + to_hex(wanted.root) + " of block " +
                                             std::to_string(wanted.height) +
                                             " any more: it keeps those of the newest " + std::to_string(kept) +
                                             " blocks and of every 1,000th (--keep-models)");
  }
  return weights;
}

json model_answer(const WantedModel& wanted, const std::string& kind, std::span<const float> weights) {
  training::Metadata metadata = {{"kind", kind},
                                 {"network", wanted.network},
                                 {"block", to_hex(wanted.block)},
                                 {"height", std::to_string(wanted.height)}};
  // The score of a sealed model is that of its weights after the thaw: it is what the chain records.
  if (wanted.score)
    metadata["score"] = std::to_string(*wanted.score) + "/" + std::to_string(wanted.task.evaluation_slice);
  const Bytes file = training::write_model(wanted.task, wanted.plan, weights, std::move(metadata));
  return {
      {"filename", wanted.network + "-" + std::to_string(wanted.height) + "-" + kind + ".safetensors"},
      {"kind", kind},
      {"block", to_hex(wanted.block)},
      {"height", wanted.height},
      {"task", wanted.task.name},
      {"score", wanted.score ? json(*wanted.score) : json()},
      {"evaluation_slice", wanted.task.evaluation_slice},
      {"root", to_hex(wanted.root)},
      {"bytes", file.size()},
      {"data", to_base64(file)},
  };
}

Answer get_model(RpcParts& parts, BlockId id, std::string kind) {
  const bool sealed = kind == "sealed";
  const Result<WantedModel> wanted =
      co_await parts.chain.query([id, sealed](const Chain& chain) { return wanted_model(chain, id, sealed); });
  if (!wanted) co_return tl::unexpected(wanted.error());
  const Result<MemoryBudget::Share> share = parts.tools.take_for_model(wanted->plan.model_bytes());
  if (!share) co_return tl::unexpected(share.error());
  auto read = [&parts, &wanted, &kind]() -> Result<json> {
    const Result<std::vector<float>> weights = weights_of(*wanted, parts.models, parts.keep_models);
    if (!weights) return tl::unexpected(weights.error());
    return model_answer(*wanted, kind, *weights);
  };
  co_return co_await parts.tools.workers.run(std::move(read));
}

struct TaskPlan {
  Task task;
  Plan plan;
};

/// The file as a model of the first of the network's tasks whose tensors it has.
struct ReadModel {
  TaskPlan of;
  training::ModelFile model;
};

Result<ReadModel> read_as_any(std::vector<TaskPlan> tasks, ByteView file) {
  Result<ReadModel> last = reject(RejectCode::kBadEncoding, "the network has no task");
  for (TaskPlan& task : tasks) {
    Result<training::ModelFile> model = training::read_model(task.plan, file);
    if (model) return ReadModel{std::move(task), std::move(*model)};
    last = reject(model.error().code, "no model file of the task " + task.task.name + ": " + model.error().message());
  }
  return last;
}

constexpr auto kNoBase64 = "data is not base64";

Result<ReadModel> read_text(const std::string& base64, std::vector<TaskPlan>& tasks) {
  const std::optional<Bytes> file = from_base64(base64);
  if (!file) return reject(RejectCode::kBadEncoding, kNoBase64);
  return read_as_any(std::move(tasks), *file);
}

Answer verify_model(RpcParts& parts, std::string base64) {
  Workers& workers = parts.tools.workers;
  std::vector<TaskPlan> tasks = co_await parts.chain.query([](const Chain& chain) {
    std::vector<TaskPlan> all;
    for (std::size_t i = 0; i < chain.params().tasks.size(); ++i)
      all.push_back({chain.params().tasks[i], chain.plan(i)});
    return all;
  });
  json answer = {{"valid", false},  {"block", nullptr}, {"height", nullptr},    {"miner", nullptr},
                 {"time", nullptr}, {"root", nullptr},  {"positions", nullptr}, {"differing", nullptr}};
  auto decode = [text = std::move(base64), tasks = std::move(tasks)]() mutable { return read_text(text, tasks); };
  const Result<ReadModel> read = co_await workers.run(std::move(decode));
  if (!read && read.error().code == RejectCode::kBadEncoding && read.error().detail == kNoBase64)
    co_return tl::unexpected(read.error());
  if (!read) {
    answer["reason"] = read.error().detail;
    co_return answer;
  }
  const training::ModelFile& model = read->model;
  const std::optional<ModelBlock> block = co_await parts.chain.query(
      [&model](const Chain& chain) { return find_model_block(chain, model.root, model.metadata); });
  auto judge = [&read, &block] { return judge_model(read->of.task, read->of.plan, read->model.weights, block); };
  const ModelVerdict verdict = co_await workers.run(std::move(judge));
  answer["valid"] = verdict.valid;
  answer["reason"] = verdict.reason;
  answer["root"] = to_hex(model.root);
  if (block) {
    answer["block"] = to_hex(block->hash);
    answer["height"] = block->height;
    answer["time"] = block->time;
    if (!block->miner.empty()) answer["miner"] = block->miner;
  }
  if (verdict.positions != 0) {
    answer["positions"] = verdict.positions;
    answer["differing"] = verdict.differing;
  }
  co_return answer;
}

}  // namespace

void add_model_methods(MethodTable& table, RpcParts& parts) {
  table.add("gettasks", [&parts](Arguments) -> Answer { co_return co_await parts.chain.query(tasks_report); });
  table.add("getmodel", [&parts](Arguments arguments) -> Answer {
    return get_model(parts, arguments.block("block"), arguments.text_or("kind", "sealed"));
  });
  table.add("verifymodel",
            [&parts](Arguments arguments) -> Answer { return verify_model(parts, arguments.text("data")); });
}

}  // namespace freezenet::daemon
