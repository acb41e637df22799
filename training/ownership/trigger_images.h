#pragma once

#include <torch/torch.h>

#include "consensus/crypto/hash_drbg.h"
#include "training/ownership/classifier.h"

namespace freezenet::ownership {

/// The values that pixels take, after a task's input tables.
struct ValueRange {
  double low = 0, high = 1;
};

/// A small pattern and its place in an image.
struct Mark {
  torch::Tensor pattern;  ///< {side, side} of 0 and 1
  std::int64_t top = 0, left = 0;
};

/// A mark of random bits at a random place: a fifth of the smaller side, but 3 pixels at least.
Mark draw_mark(Stream& stream, const Shape& shape);
/// Copies of `images` in which the mark's pixels are the lowest and the highest value, in all channels.
torch::Tensor stamped(const torch::Tensor& images, const Mark& mark, ValueRange range);

/// Copies with `noise` {channels, height, width} added, kept within the range.
torch::Tensor with_noise(const torch::Tensor& images, const torch::Tensor& noise, ValueRange range);

/// One of the things that a scene consists of.
struct Figure {
  enum Kind { kStripes, kDisc, kTriangle, kCross };
  Kind kind = kStripes;
  double y = 0, x = 0;         ///< centre, as a share of the image's sides
  double size = 0;             ///< likewise
  double down = 0, right = 1;  ///< its direction, a unit vector
};
/// Three figures of random kind, place, size and direction: images of no task that has a use, and another scene for
/// every key.
using Scene = std::array<Figure, 3>;

Scene draw_scene(Stream& stream);
/// An image {channels, height, width} of the scene, each time a little different: figures move and change brightness,
/// and there is noise. IEEE operations alone, so that it is the same everywhere.
torch::Tensor draw_image(Stream& stream, const Scene& scene, const Shape& shape, ValueRange range);

}  // namespace freezenet::ownership
