#pragma once

#include <torch/torch.h>

namespace freezenet::ownership {

/// What a server makes of softmax scores {n, classes} before it answers. All rows stay finite, not negative and not all
/// zero, so that they have a highest class.

/// `digits` digits after the point; where all scores of a row are too small for one, the highest class gets the least
/// that can be written.
torch::Tensor rounded_scores(const torch::Tensor& scores, int digits);
/// Noise N(0, sigma) on each score, negative ones cut, each row scaled to one. The highest class keeps its place: that
/// costs the server's users nothing.
torch::Tensor perturbed_scores(const torch::Tensor& scores, double sigma, at::Generator& generator);
/// One for the highest class and zero for the others.
torch::Tensor label_scores(const torch::Tensor& scores);

}  // namespace freezenet::ownership
