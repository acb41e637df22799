#pragma once

// LibTorch's umbrella header costs about 15 s and 1 GB to compile. It is compiled once here for
// freezenet_torch and its tests.
#include <torch/torch.h>
