#pragma once

namespace freezenet::training {

/// Has the C library keep the memory that tensors give back, for the whole process. Each step of a training asks for
/// the same large blocks again; as they come by default, from the kernel and back to it, a fifth of the processor's
/// time on MNIST was spent clearing pages. For programs whose work is LibTorch's, which a node is not; a no-op without
/// glibc.
void keep_freed_memory();

}  // namespace freezenet::training
