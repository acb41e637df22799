#pragma once

#include "consensus/base/result.h"

namespace freezenet::daemon {

/// The calling thread, and those that it starts from now on, step back behind the rest of the machine. 0..19; 0 leaves
/// things as they are. kConfig where the system refuses.
Result<> set_thread_nice(int nice);

}  // namespace freezenet::daemon
