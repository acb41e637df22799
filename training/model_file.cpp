#include "training/model_file.h"

#include <utility>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"

namespace freezenet::training {

Hash256 model_root(std::span<const float> weights) { return chunked_root(as_bytes(weights)); }

Bytes write_model(const Task& task, const Plan& plan, std::span<const float> weights, Metadata metadata) {
  metadata["format"] = kModelFormat;
  metadata["task"] = task.name;
  metadata["task_id"] = to_hex(task.id());
  metadata["model_root"] = to_hex(model_root(weights));
  return write_safetensors(plan.tensors, weights, metadata);
}

Result<ModelFile> read_model(const Plan& plan, ByteView file) {
  auto read = read_safetensors(plan.tensors, file);
  if (!read) return tl::unexpected(read.error());
  ModelFile model{std::move(read->weights), std::move(read->metadata), {}};
  model.root = model_root(model.weights);
  return model;
}

Result<> check_claims(const Task& task, const ModelFile& file) {
  const auto claim = [&](const char* key, const std::string& truth) {
    const auto found = file.metadata.find(key);
    return found == file.metadata.end() || found->second == truth;
  };
  if (!claim("format", kModelFormat))
    return reject(RejectCode::kBadEncoding, "the file is not in the format " + std::string(kModelFormat));
  if (!claim("task_id", to_hex(task.id())))
    return reject(RejectCode::kWrongTask, "the file is a model of another task than '" + task.name + "'");
  if (!claim("model_root", to_hex(file.root))) {
    return reject(RejectCode::kWrongModelRoot,
                  "the weights hash to " + to_hex(file.root) + ", the file says otherwise: they were changed");
  }
  return {};
}

}  // namespace freezenet::training
