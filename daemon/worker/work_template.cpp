#include "daemon/worker/work_template.h"

#include <algorithm>

#include "consensus/base/hex.h"
#include "consensus/difficulty.h"
#include "consensus/rules.h"
#include "daemon/rpc/base64.h"
#include "training/model_file.h"

namespace freezenet::worker {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestId = 200;
constexpr std::uint64_t kHighest = std::uint64_t{1} << 48;  ///< far above any chain; sums with it do not overflow

const std::string* text_of(const json& answer, const char* key) {
  const auto found = answer.find(key);
  return found != answer.end() && found->is_string() ? &found->get_ref<const std::string&>() : nullptr;
}

tl::unexpected<Reject> broken(const std::string& what) {
  return reject(RejectCode::kBadEncoding, "the node's answer: " + what);
}

Result<CandidateHeader> read_header(const std::string& hex) {
  if (hex.size() != 2 * CandidateHeader::kSize) return broken("header has not the size of a candidate");
  const auto bytes = bytes_from_hex(hex);
  if (!bytes) return broken("header is not hexadecimal");
  Reader in(*bytes);
  const CandidateHeader header = CandidateHeader::read(in);
  if (auto done = in.finish(); !done) return tl::unexpected(done.error());
  return header;
}

Result<Body> read_body(const std::string& hex, const CandidateHeader& header) {
  if (hex.size() > 2 * Body::kMaxSize) return reject(RejectCode::kTooLarge, "the node's answer: body is too large");
  const auto bytes = bytes_from_hex(hex);
  if (!bytes) return broken("body is not hexadecimal");
  auto body = Body::decode(*bytes);
  if (!body) return body;
  if (!body->digests.empty()) return broken("body has digests before any work");
  if (body->body_root() != header.body_root) return reject(RejectCode::kWrongBodyRoot, "of the node's template");
  return body;
}

/// Task and target, from the header alone.
Result<> complete(daemon::MiningTask& work, std::span<const training::TaskContext> tasks) {
  const CandidateHeader& header = work.header;
  if (header.version != kBlockVersion) {
    return reject(RejectCode::kBadVersion, "the node's template has version " + std::to_string(header.version) +
                                               "; this worker knows " + std::to_string(kBlockVersion));
  }
  work.task = work.height % tasks.size();
  const Task& task = tasks[work.task].task;
  if (header.task_id != task.id()) {
    return reject(RejectCode::kWrongTask, "the node's task at height " + std::to_string(work.height) +
                                              " is not this worker's \"" + task.name +
                                              "\": both need the same network file");
  }
  if (!target_from_compact(header.bits)) return reject(RejectCode::kWrongBits, "of the node's template");
  work.target = ticket_target(task, header.bits);
  return {};
}

}  // namespace

Result<WorkTemplate> read_work_template(const json& answer, std::string_view network,
                                        std::span<const training::TaskContext> tasks) {
  if (!answer.is_object()) return broken("no object");
  const std::string *name = text_of(answer, "network"), *header = text_of(answer, "header"),
                    *body = text_of(answer, "body"), *id = text_of(answer, "longpollid"),
                    *signs = text_of(answer, "signed_by");
  const auto height = answer.find("height");
  if (name == nullptr || header == nullptr || body == nullptr || id == nullptr || signs == nullptr ||
      height == answer.end() || !height->is_number_unsigned()) {
    return broken("network, header, body, height, signed_by or longpollid is missing");
  }
  if (*name != network) {
    return reject(RejectCode::kWrongNetwork,
                  "the node is on another network than " + std::string(network) + "; say the right --network");
  }
  if (id->size() > kLongestId) return broken("longpollid is too long");
  if (*signs != "node" && *signs != "miner") return broken("signed_by is neither node nor miner");
  WorkTemplate read;
  read.work.height = height->get<std::uint64_t>();
  if (read.work.height == 0 || read.work.height > kHighest) return broken("no block has that height");
  auto candidate = read_header(*header);
  if (!candidate) return tl::unexpected(candidate.error());
  read.work.header = *candidate;
  auto decoded = read_body(*body, *candidate);
  if (!decoded) return tl::unexpected(decoded.error());
  read.work.body = std::move(*decoded);
  if (auto ok = complete(read.work, tasks); !ok) return tl::unexpected(ok.error());
  read.node_signs = *signs == "node";
  read.longpollid = *id;
  return read;
}

Result<std::vector<float>> read_start_model(const json& answer, const Hash256& root,
                                            const training::TaskContext& task) {
  const std::string* data = answer.is_object() ? text_of(answer, "data") : nullptr;
  if (data == nullptr) return broken("data is missing");
  const auto file = daemon::from_base64(*data);
  if (!file) return broken("data is not base64");
  auto model = training::read_model(task.plan, *file);
  if (!model) return tl::unexpected(model.error());
  if (model->root != root) {
    return reject(RejectCode::kWrongModelRoot,
                  "the node's model has the root " + to_hex(model->root) + ", asked for was " + to_hex(root));
  }
  return std::move(model->weights);
}

Result<Fate> read_fate(const json& answer) {
  const std::string* outcome = answer.is_object() ? text_of(answer, "outcome") : nullptr;
  if (outcome == nullptr) return broken("outcome is missing");
  if (*outcome == "accepted") return Fate::kAccepted;
  if (*outcome == "stale") return Fate::kStale;
  if (*outcome == "queued") return Fate::kQueued;
  return broken("outcome is neither accepted, stale nor queued");
}

}  // namespace freezenet::worker
