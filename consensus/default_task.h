#pragma once

#include "consensus/task.h"

namespace freezenet {

/// The task of regtest and localnet: handwritten digits (1,797 images of 8x8 pixels, 0..16) and a network of two 3x3
/// convolutions (16 and 32 channels), one 2x2 max pool and two linear layers, 38,282 weights. A segment of 32 steps is
/// about one thousand million multiply-adds.
Task digits_task();

}  // namespace freezenet
