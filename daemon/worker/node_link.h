#pragma once

#include <functional>

#include "daemon/cli/rpc_client.h"
#include "daemon/worker/work_template.h"

namespace freezenet::worker {

/// Why a call to the node came to nothing.
struct LinkError {
  enum class Kind {
    kAway,     ///< nobody answers as a node, or we may not ask: the node may be back later
    kRefused,  ///< the node answers, and refuses under `reject`'s name
    kBroken,   ///< the node's answer is refused here, under `reject`'s name
    kStopped,  ///< we gave up
  };
  Kind kind = Kind::kAway;
  std::string reject;
  std::string text;  ///< one line for people
};
template <typename T>
using LinkResult = tl::expected<T, LinkError>;

/// The calls that a worker makes. Each finds out anew where the node is: started again, it has another cookie and
/// perhaps another port. Blocks; any thread; no state.
class NodeLink {
 public:
  using FindAccess = std::function<Result<daemon::RpcAccess>()>;
  NodeLink(FindAccess find, std::string network, std::span<const training::TaskContext> tasks)
      : find_(std::move(find)), network_(std::move(network)), tasks_(tasks) {}

  /// `miner`: hexadecimal of the reward's key, empty for the node's. With `longpollid` not empty the node answers when
  /// there is something new, or after a while.
  LinkResult<WorkTemplate> work(const std::string& miner, const std::string& longpollid,
                                const std::stop_token& stop) const;
  LinkResult<std::vector<float>> start_model(const daemon::MiningTask& work, const std::stop_token& stop) const;
  /// Not given up on a stop: a block that was found is worth the time of its replay.
  LinkResult<Fate> submit(const SealedHeader& header, bool is_signed, const Body& body) const;

 private:
  LinkResult<nlohmann::json> call(const std::string& method, nlohmann::json params, std::chrono::seconds patience,
                                  const std::stop_token& stop) const;

  FindAccess find_;
  std::string network_;
  std::span<const training::TaskContext> tasks_;
};

}  // namespace freezenet::worker
