#pragma once

#include "training/engine.h"

namespace freezenet::training {

/// A segment whose result is written in this program: the digits task with a batch of 2 (so that the portable path,
/// too, has it done in a fraction of a second), label smoothing and weight decay, from its genesis weights, under a
/// fixed candidate hash. The digest is SHA256(trace_root || model_root): it covers every logit, loss and weight bit,
/// the random streams, the watermark, the dataset and the Merkle trees.
Result<Hash256> golden_segment(const EngineOptions& options);

/// What golden_segment() yields on every machine, path, thread count and compiler.
extern const char* const kGoldenSegment;

/// kSelfTestFailed, with both digests, where this machine yields another one.
Result<> check_golden_segment(const EngineOptions& options);

}  // namespace freezenet::training
