#include "daemon/worker/node_link.h"

#include "consensus/base/hex.h"
#include "daemon/cli/text.h"
#include "daemon/submitted_work.h"

namespace freezenet::worker {
namespace {

using nlohmann::json;
using Kind = LinkError::Kind;

constexpr std::size_t kLongestText = 300;

tl::unexpected<LinkError> failed(Kind kind, std::string reject, const std::string& text) {
  // What a node says must not steer the terminal.
  return tl::unexpected(LinkError{kind, std::move(reject), daemon::fitted(text, kLongestText)});
}

template <typename T>
LinkResult<T> checked(Result<T> read) {
  if (read) return std::move(*read);
  return failed(Kind::kBroken, std::string(name(read.error().code)), read.error().detail);
}

}  // namespace

LinkResult<json> NodeLink::call(const std::string& method, json params, std::chrono::seconds patience,
                                const std::stop_token& stop) const {
  const Result<daemon::RpcAccess> access = find_();
  if (!access) return failed(Kind::kAway, {}, access.error().detail);
  const daemon::RpcClient client(*access, patience);
  auto answer = client.call(method, std::move(params), stop);
  if (answer) return std::move(*answer);
  const daemon::CallError& error = answer.error();
  if (error.kind == daemon::CallError::Kind::kStopped) return failed(Kind::kStopped, {}, error.message);
  if (!error.reject.empty()) return failed(Kind::kRefused, error.reject, error.message);
  const bool nobody = error.kind == daemon::CallError::Kind::kNoNode;
  return failed(Kind::kAway, {}, nobody ? "no node at " + client.address() + ": " + error.message : error.message);
}

LinkResult<WorkTemplate> NodeLink::work(const std::string& miner, const std::string& longpollid,
                                        const std::stop_token& stop) const {
  json params = json::object();
  if (!miner.empty()) params["miner"] = miner;
  if (!longpollid.empty()) params["longpollid"] = longpollid;
  const auto answer = call("getblocktemplate", std::move(params), std::chrono::seconds(60), stop);
  if (!answer) return tl::unexpected(answer.error());
  auto work = read_work_template(*answer, network_, tasks_);
  if (work && !miner.empty() && to_hex(work->work.header.miner_key) != miner) {
    return failed(Kind::kBroken, "bad-encoding", "the node's template rewards another key than ours");
  }
  if (work && miner.empty() && !work->node_signs) {
    return failed(Kind::kBroken, "not-found", "the node has no key to sign with; give this worker a --miner-key");
  }
  return checked(std::move(work));
}

LinkResult<std::vector<float>> NodeLink::start_model(const daemon::MiningTask& work,
                                                     const std::stop_token& stop) const {
  const Hash256& root = work.header.start_root;
  const auto answer = call("getstartmodel", {{"root", to_hex(root)}}, std::chrono::seconds(120), stop);
  if (!answer) return tl::unexpected(answer.error());
  return checked(read_start_model(*answer, root, tasks_[work.task]));
}

LinkResult<Fate> NodeLink::submit(const SealedHeader& header, bool is_signed, const Body& body) const {
  const json params = {{"header", daemon::header_hex(header, is_signed)}, {"body", daemon::body_hex(body)}};
  const auto answer = call("submitblock", params, std::chrono::seconds(80), {});
  if (!answer) return tl::unexpected(answer.error());
  return checked(read_fate(*answer));
}

}  // namespace freezenet::worker
