#include "training/torch/allocator.h"

#include <limits>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace freezenet::training {

void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kAhead = 64 << 20;  // bytes that the heap grows by
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, kAhead);
#endif
}

}  // namespace freezenet::training
