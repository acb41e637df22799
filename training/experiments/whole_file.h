#pragma once

#include <filesystem>
#include <initializer_list>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::experiments {

/// "cannot WHAT FILE: TEXT OF ERRNO": kDiskFull where the disk is, else kStorage. Of the errno of the call before.
tl::unexpected<Reject> system_reject(const char* what, const std::filesystem::path& file);

/// `parts`, one behind the other, under a temporary name that becomes `file`: a reader, or who goes on after a crash,
/// never meets half of it. Where it fails no temporary file is left. system_reject().
Result<> write_whole(const std::filesystem::path& file, std::initializer_list<ByteView> parts);

}  // namespace freezenet::experiments
