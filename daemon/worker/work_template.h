#pragma once

#include <span>

#include <nlohmann/json.hpp>

#include "daemon/mining_task.h"
#include "training/task_context.h"

namespace freezenet::worker {

/// What a worker trains on, as its node's getblocktemplate gave it, and checked.
struct WorkTemplate {
  daemon::MiningTask work;
  bool node_signs = false;
  std::string longpollid;
};

/// Reads the answer for the network of this name and tasks. The node is outside: nothing is believed that can be
/// computed, and what is believed (height, previous block, miner) harms nobody but the node. kWrongNetwork where it is
/// another network's; kWrongTask for a task that is none of these or not the one of that height; kBadVersion,
/// kWrongBits, kWrongBodyRoot; kBadEncoding and kTooLarge for all else that no node answers.
Result<WorkTemplate> read_work_template(const nlohmann::json& answer, std::string_view network,
                                        std::span<const training::TaskContext> tasks);

/// The model in getstartmodel's answer: kBadEncoding where it is none of this task, kWrongModelRoot where it is another
/// one than was asked for, and the rejects of training::read_model(). Memory: a few times the model.
Result<std::vector<float>> read_start_model(const nlohmann::json& answer, const Hash256& root,
                                            const training::TaskContext& task);

/// What submitblock said of a block that it did not refuse.
enum class Fate { kAccepted, kStale, kQueued };
/// kBadEncoding.
Result<Fate> read_fate(const nlohmann::json& answer);

}  // namespace freezenet::worker
