#include "daemon/kernel_choice.h"

#include <string>

namespace freezenet::daemon {

Result<kernels::Path> kernel_path(std::string_view option) {
  if (option == "auto") return kernels::best_path();
  std::string here;
  for (const kernels::Path path : kernels::available_paths()) {
    if (kernels::name(path) == option) return path;
    here += (here.empty() ? "" : ", ") + std::string(kernels::name(path));
  }
  return reject(RejectCode::kConfig, "kernel \"" + std::string(option) + "\": this machine has " + here);
}

}  // namespace freezenet::daemon
