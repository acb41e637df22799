#pragma once

#include "training/ownership/classifier.h"

namespace freezenet::ownership {

/// Rounds each of Classifier::weights() to 2^bits - 1 evenly spaced values, zero and plus and minus the tensor's
/// largest magnitude among them. 2 <= bits <= 16.
void quantise(Classifier& model, int bits);

}  // namespace freezenet::ownership
