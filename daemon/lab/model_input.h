#pragma once

#include <filesystem>
#include <vector>

#include "daemon/lab/task_file.h"

namespace freezenet::lab {

/// A model that a user has, as a flat buffer in task order: a safetensors file that the lab, a node or PyTorch wrote,
/// or a checkpoint, of which the weights alone are taken. One of another task with the same tensors is as good; one
/// whose weights are not those that its metadata states is kWrongModelRoot. kNonFiniteWeight for NaN, infinity and
/// beyond 2^16; the rejects of read_model(), with the file's name; kNotFound, kTooLarge, kStorage.
Result<std::vector<float>> load_model(const NamedTask& named, const std::filesystem::path& file);

}  // namespace freezenet::lab
