#pragma once

#include "training/safetensors.h"

namespace freezenet::training {

/// Value of the metadata key "format" in every model file that FreezeNet writes.
inline constexpr const char* kModelFormat = "freezenet-model-1";

/// Root over the 64 KiB chunks of the weights' bytes: what a sealed header commits to. No file format is part of it.
Hash256 model_root(std::span<const float> weights);

/// A model as a safetensors file. `metadata` is the caller's: kind (sealed or canonical), network, block, height,
/// score; this function sets format, task, task_id and model_root itself, over anything that stands there. `weights`
/// has plan.parameters elements.
Bytes write_model(const Task& task, const Plan& plan, std::span<const float> weights, Metadata metadata);

struct ModelFile {
  std::vector<float> weights;  ///< plan.parameters elements, in task order; not checked for NaN or size
  Metadata metadata;           ///< what the file claims about itself
  Hash256 root;                ///< of the weights as they are: what proves anything
};

/// Reads a file that somebody handed us; the rejects of read_safetensors(). A file without metadata is as good as one
/// with it.
Result<ModelFile> read_model(const Plan& plan, ByteView file);

/// Whether what the metadata says about the file is true: format, task_id and model_root, each where it is there.
/// kBadEncoding, kWrongTask or kWrongModelRoot. For people: a proof rests on the root and the chain, never on this.
Result<> check_claims(const Task& task, const ModelFile& file);

}  // namespace freezenet::training
