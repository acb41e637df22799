#include "daemon/lab/exit_status.h"

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <system_error>

namespace freezenet::lab {

int report(const Reject& why) {
  std::cerr << "freezenet-lab: " << (why.detail.empty() ? why.message() : why.detail) << "\n";
  if (why.code == RejectCode::kVoidSegment) return kExitVoid;
  return why.code == RejectCode::kCancelled ? kExitStopped : kExitFailed;
}

bool printed() {
  if (std::cout.flush() && std::fflush(stdout) == 0) return true;
  std::cerr << "freezenet-lab: cannot write to standard output: " << std::generic_category().message(errno) << "\n";
  return false;
}

int answered(const std::function<int()>& question) {
  try {
    const int status = question();
    return printed() ? status : kExitMisused;
  } catch (const std::exception& error) {
    return misused({RejectCode::kStorage, error.what()});
  }
}

int misused(const Reject& why) {
  const int status = report(why);
  return status == kExitStopped ? status : kExitMisused;
}

}  // namespace freezenet::lab
