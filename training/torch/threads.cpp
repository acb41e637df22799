#include "training/torch/threads.h"

#include <sstream>

#include <dlfcn.h>
#include <torch/torch.h>

#include "training/torch/allocator.h"

namespace freezenet::training {

bool configure_torch(unsigned threads) {
  at::set_num_threads(static_cast<int>(threads));
  // Debian's LibTorch takes whatever BLAS the system is set to, and OpenBLAS has threads of its own, which
  // at::set_num_threads() does not know. Asked for by name: where another BLAS is installed there is nothing to set.
  using SetThreads = void (*)(int);
  if (const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads")))
    set(static_cast<int>(threads));
  try {
    // One operation at a time: the node never has two for LibTorch.
    at::set_num_interop_threads(1);
  } catch (const c10::Error&) {
    return at::get_num_interop_threads() == 1;
  }
  return true;
}

void dedicate_to_torch(unsigned threads) {
  configure_torch(threads);
  keep_freed_memory();
}

std::string describe_torch() {
  std::ostringstream text;
  text << "LibTorch " << TORCH_VERSION << ", " << at::get_num_threads() << " threads";
  return text.str();
}

}  // namespace freezenet::training
