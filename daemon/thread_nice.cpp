#include "daemon/thread_nice.h"

#include <cerrno>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace freezenet::daemon {

Result<> set_thread_nice(int nice) {
  // On Linux a nice value belongs to a thread.
  if (nice == 0 || setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice) == 0) return {};
  return reject(RejectCode::kConfig, "nice " + std::to_string(nice) + ": " + std::generic_category().message(errno));
}

}  // namespace freezenet::daemon
