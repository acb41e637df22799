#include "daemon/lab/exit_status.h"

#include <iostream>

namespace freezenet::lab {

int report(const Reject& why) {
  std::cerr << "freezenet-lab: " << (why.detail.empty() ? why.message() : why.detail) << "\n";
  if (why.code == RejectCode::kVoidSegment) return kExitVoid;
  return why.code == RejectCode::kCancelled ? kExitStopped : kExitFailed;
}

int misused(const Reject& why) {
  const int status = report(why);
  return status == kExitStopped ? status : kExitMisused;
}

}  // namespace freezenet::lab
