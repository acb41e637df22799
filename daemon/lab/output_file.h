#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "consensus/base/result.h"

namespace freezenet::lab {

/// Before the work and not after it: that a file can be written where the user says. kConfig, which names the option,
/// where the path is no place for a file; kStorage.
Result<> check_output(std::string_view option, const std::filesystem::path& file);
/// That none of the files that are read is the one that is written: kConfig, which names the option and the file.
Result<> check_apart(std::string_view option, const std::filesystem::path& output,
                     std::initializer_list<std::optional<std::filesystem::path>> inputs);
/// Whether two paths mean one file, links resolved.
bool same_file(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace freezenet::lab
