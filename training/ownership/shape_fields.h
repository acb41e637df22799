#pragma once

#include <string>

#include "training/ownership/classifier.h"
#include "training/ownership/parameter_fields.h"

namespace freezenet::ownership {

/// "1 x 28 x 28 with 10 classes".
std::string text_of(const Shape& shape);
/// "" where a key may be of that shape, else what is out of its range.
std::string fault_of_shape(const Shape& shape);

/// The fields "channels", "height", "width" and "classes" of a key's parameters.
Shape shape_field(ParameterFields& fields);
void write_shape(nlohmann::ordered_json& json, const Shape& shape);

}  // namespace freezenet::ownership
