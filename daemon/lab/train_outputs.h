#pragma once

#include "daemon/lab/train_command.h"

namespace freezenet::lab {

/// Before hours of training and not after them: that every file a run will write can be written, that no two of them
/// and none of what it reads are one file, and that no earlier run's checkpoint or table is lost. kConfig, kStorage.
Result<> check_outputs(const TrainOptions& options);

}  // namespace freezenet::lab
