#pragma once

#include "training/ownership/attacks/means.h"

namespace freezenet::ownership {

/// The fast gradient sign method (Goodfellow, Shlens, Szegedy, arXiv 1412.6572): images + epsilon * sign of the
/// gradient of the cross-entropy, within the range. Of the shape of `images`, without a graph; the model's gradients
/// are left alone.
torch::Tensor fast_gradient_sign(Classifier& model, const torch::Tensor& images, const torch::Tensor& labels,
                                 double epsilon, const PixelRange& range);

}  // namespace freezenet::ownership
