#pragma once

#include "consensus/base/result.h"
#include "training/ownership/classifier.h"

namespace freezenet::ownership {

struct InversionOptions {
  unsigned steps = 300;
  double rate = 0.05;        ///< of Adam, times the range
  double smoothness = 1e-3;  ///< weight of the total variation, which keeps the image from being noise
  std::int64_t starts = 8;   ///< images that climb, each from noise of its own
  double low = 0, high = 1;  ///< the range of honest pixels
  std::uint64_t seed = 0;
};

/// What a class looks like to a model.
struct Inversion {
  torch::Tensor image;  ///< {channels, height, width}, the mean over the starts
  double score = 0;     ///< of the class, the mean over the starts
};

/// Model inversion (Fredrikson, Jha, Ristenpart, CCS 2015): ascends the logarithm of a class's score from noise around
/// the middle of the range. It takes nothing out; it asks whether a watermark's mark can be seen in what the model
/// thinks of its class, which correlation() answers. The victim is left as it was. kConfig where the class is none of
/// the network's or an option makes no sense.
Result<Inversion> invert(const Classifier& victim, std::int64_t label, const InversionOptions& options = {});

/// Pearson's coefficient between two images of one shape, over the pixels where `where` (of the same shape; undefined:
/// everywhere) is not zero: a mark that is a small part of an image would drown in the rest. 0 where either is constant
/// there.
double correlation(const torch::Tensor& image, const torch::Tensor& mark, const torch::Tensor& where = {});

}  // namespace freezenet::ownership
