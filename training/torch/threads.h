#pragma once

#include <string>

namespace freezenet::training {

/// Sets how many threads LibTorch and its BLAS use, for the whole process. To be called once, at a program's start:
/// LibTorch fixes the number of its threads between operations when it first runs one, and false then says that this
/// one was not changed.
bool configure_torch(unsigned threads);

/// configure_torch() and keep_freed_memory() (training/torch/allocator.h), for programs whose work is LibTorch's.
void dedicate_to_torch(unsigned threads);

/// "LibTorch 1.13.1, 2 threads": for the log.
std::string describe_torch();

}  // namespace freezenet::training
