#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "training/dataset/folder.h"

namespace freezenet::lab {

/// What a folder's files are, as the "dataset" of a task's file needs it. The rejects of read_dataset_folder().
Result<nlohmann::ordered_json> dataset_report(const std::filesystem::path& folder,
                                              std::optional<training::FolderFormat> format);
/// The same for people, with the lines to copy into a task's file.
std::string dataset_report_text(const nlohmann::ordered_json& report);

}  // namespace freezenet::lab
