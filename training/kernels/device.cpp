#include "training/kernels/device.h"

namespace freezenet::kernels {

const KernelTable& table_of(Path path) {
#if defined(__x86_64__)
  if (path == Path::kAvx2) return kAvx2Table;
  if (path == Path::kAvx512) return kAvx512Table;
#elif defined(__aarch64__)
  if (path == Path::kNeon) return kNeonTable;
#else
  static_cast<void>(path);
#endif
  return kPortableTable;
}

}  // namespace freezenet::kernels
