#include "training/ownership/shape_fields.h"

#include "consensus/task.h"

namespace freezenet::ownership {

namespace {

/// Smaller images have no room for a mark.
constexpr std::int64_t kMinSide = 4;

}  // namespace

std::string text_of(const Shape& shape) {
  return std::to_string(shape.channels) + " x " + std::to_string(shape.height) + " x " + std::to_string(shape.width) +
         " with " + std::to_string(shape.classes) + " classes";
}

std::string fault_of_shape(const Shape& shape) {
  const auto within = [](std::int64_t value, std::int64_t low, std::int64_t high) {
    return value >= low && value <= high;
  };
  if (!within(shape.channels, 1, kMaxChannels)) return "channels must be 1 to " + std::to_string(kMaxChannels);
  if (!within(shape.height, kMinSide, kMaxSide) || !within(shape.width, kMinSide, kMaxSide))
    return "height and width must be 4 to " + std::to_string(kMaxSide);
  if (!within(shape.classes, 2, kMaxClasses)) return "classes must be 2 to " + std::to_string(kMaxClasses);
  return {};
}

Shape shape_field(ParameterFields& fields) {
  Shape shape;
  shape.channels = static_cast<std::int64_t>(fields.count("channels", 1, kMaxChannels));
  shape.height = static_cast<std::int64_t>(fields.count("height", kMinSide, kMaxSide));
  shape.width = static_cast<std::int64_t>(fields.count("width", kMinSide, kMaxSide));
  shape.classes = static_cast<std::int64_t>(fields.count("classes", 2, kMaxClasses));
  return shape;
}

void write_shape(nlohmann::ordered_json& json, const Shape& shape) {
  json["channels"] = shape.channels;
  json["height"] = shape.height;
  json["width"] = shape.width;
  json["classes"] = shape.classes;
}

}  // namespace freezenet::ownership
