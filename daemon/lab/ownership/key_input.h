#pragma once

#include <filesystem>
#include <memory>

#include "training/ownership/key_file.h"

namespace freezenet::lab {

/// Reads a key; the rejects of read_key() with the file's name, kNotFound, kStorage. Where others can read the file
/// too, that is said on standard error.
Result<std::shared_ptr<const ownership::Key>> load_key(const std::filesystem::path& file);

/// That `file` can be written and is not there yet: a key that is overwritten is lost. kConfig, kStorage.
Result<> check_new_key(const std::filesystem::path& file);
/// For its owner's eyes alone. kConfig where the file is there, also where it was made since check_new_key(); kStorage.
Result<> save_key(const std::filesystem::path& file, const ownership::Key& key);

/// 32 bytes of the system's generator. kStorage where it has none.
Result<Hash256> random_seed();

}  // namespace freezenet::lab
