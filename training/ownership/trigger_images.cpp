#include "training/ownership/trigger_images.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "training/ownership/random.h"

namespace freezenet::ownership {

namespace {

/// Uniform in (low, high).
double between(Stream& stream, double low, double high) {
  return low + (high - low) * (double{stream.uniform_float()} + 1) / 2;
}

/// Whether a point is in the figure; dy and dx from its centre, as shares of its size.
bool inside(const Figure& figure, double dy, double dx) {
  // Turned into the figure's own directions.
  const double along = dy * figure.down + dx * figure.right, across = dx * figure.down - dy * figure.right;
  const double distance = dy * dy + dx * dx;
  switch (figure.kind) {
    case Figure::kStripes:
      return std::max(std::abs(along), std::abs(across)) < 1 && along * 2.5 - std::floor(along * 2.5) < 0.5;
    case Figure::kDisc: return distance < 1;
    case Figure::kTriangle: return along > -0.6 && along + 1.7 * std::abs(across) < 1;
    case Figure::kCross:
      return std::max(std::abs(along), std::abs(across)) < 1 && std::min(std::abs(along), std::abs(across)) < 0.3;
  }
  return false;
}

}  // namespace

Mark draw_mark(Stream& stream, const Shape& shape) {
  const std::int64_t side = std::max<std::int64_t>(3, std::min(shape.height, shape.width) / 5);
  Mark mark;
  mark.pattern = bit_tensor(stream, side * side).view({side, side});
  mark.top = stream.bounded(static_cast<std::uint32_t>(shape.height - side + 1));
  mark.left = stream.bounded(static_cast<std::uint32_t>(shape.width - side + 1));
  return mark;
}

torch::Tensor stamped(const torch::Tensor& images, const Mark& mark, ValueRange range) {
  torch::Tensor out = images.clone();
  const std::int64_t side = mark.pattern.size(0);
  out.slice(2, mark.top, mark.top + side)
      .slice(3, mark.left, mark.left + side)
      .copy_(mark.pattern * (range.high - range.low) + range.low);
  return out;
}

torch::Tensor with_noise(const torch::Tensor& images, const torch::Tensor& noise, ValueRange range) {
  return (images + noise).clamp(range.low, range.high);
}

Scene draw_scene(Stream& stream) {
  Scene scene;
  for (Figure& figure : scene) {
    figure.kind = static_cast<Figure::Kind>(stream.bounded(4));
    figure.y = between(stream, 0.2, 0.8);
    figure.x = between(stream, 0.2, 0.8);
    figure.size = between(stream, 0.15, 0.35);
    double length = 0;
    while (length < 0.1) {
      figure.down = between(stream, -1, 1);
      figure.right = between(stream, -1, 1);
      length = std::sqrt(figure.down * figure.down + figure.right * figure.right);
    }
    figure.down /= length;
    figure.right /= length;
  }
  return scene;
}

torch::Tensor draw_image(Stream& stream, const Scene& scene, const Shape& shape, ValueRange range) {
  constexpr double kShift = 0.06, kNoise = 0.1;
  Scene moved = scene;
  std::array<double, 3> brightness{};
  for (std::size_t i = 0; i < moved.size(); ++i) {
    moved[i].y += between(stream, -kShift, kShift);
    moved[i].x += between(stream, -kShift, kShift);
    brightness[i] = between(stream, 0.6, 1);
  }
  torch::Tensor out = torch::empty({shape.channels, shape.height, shape.width});
  auto* value = out.data_ptr<float>();
  for (std::int64_t c = 0; c < shape.channels; ++c) {
    for (std::int64_t row = 0; row < shape.height; ++row) {
      for (std::int64_t column = 0; column < shape.width; ++column) {
        const double y = (static_cast<double>(row) + 0.5) / static_cast<double>(shape.height);
        const double x = (static_cast<double>(column) + 0.5) / static_cast<double>(shape.width);
        double light = 0;
        for (std::size_t i = 0; i < moved.size(); ++i) {
          const Figure& figure = moved[i];
          if (inside(figure, (y - figure.y) / figure.size, (x - figure.x) / figure.size)) light = brightness[i];
        }
        light = std::clamp(light + between(stream, -kNoise, kNoise), 0.0, 1.0);
        *value++ = static_cast<float>(range.low + light * (range.high - range.low));
      }
    }
  }
  return out;
}

}  // namespace freezenet::ownership
