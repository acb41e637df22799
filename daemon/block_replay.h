#pragma once

#include <span>

#include "consensus/chain/chain.h"
#include "training/engine.h"
#include "training/model_archive.h"
#include "training/task_context.h"

namespace freezenet::daemon {

/// Replays a block that was verified before, to see whether its outcome still comes out: Chain::Recheck's `replay`.
/// What it computes is not kept. nullopt where the model to start from is not kept; kStorage where the block's own
/// digests do not come out. Blocks the thread that calls it; each call has an engine of its own.
Chain::Recheck::Replay block_replay(std::span<const training::TaskContext> tasks, const training::ModelArchive& models,
                                    training::EngineOptions engine);

}  // namespace freezenet::daemon
