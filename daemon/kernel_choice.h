#pragma once

#include <string_view>

#include "consensus/base/result.h"
#include "training/kernels/path.h"

namespace freezenet::daemon {

/// What --kernel means on this machine: "auto" is the fastest that it has. kConfig for one that it lacks, with those
/// that it has.
Result<kernels::Path> kernel_path(std::string_view option);

}  // namespace freezenet::daemon
