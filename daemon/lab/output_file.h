#pragma once

#include <filesystem>
#include <string_view>

#include "consensus/base/result.h"

namespace freezenet::lab {

/// Before the work and not after it: that a file can be written where the user says. kConfig, which names the option,
/// where the path is no place for a file; kStorage.
Result<> check_output(std::string_view option, const std::filesystem::path& file);
/// Whether two paths mean one file, links resolved.
bool same_file(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace freezenet::lab
