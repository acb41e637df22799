#include "training/ownership/gradsigns_parameters.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "consensus/base/hex.h"
#include "training/strict_json.h"

namespace freezenet::ownership {

namespace {

/// A field that is a count, with its range.
struct Count {
  const char* name;
  std::uint32_t GradSignsParameters::*member;
  std::uint32_t least, most;
};
/// A field that is a decimal, with its range; both ends belong to it.
struct Decimal {
  const char* name;
  double GradSignsParameters::*member;
  double least, most;
};

constexpr std::array kCounts{
    Count{"bits", &GradSignsParameters::bits, 1, kMaxGradSignsBits},
    Count{"carriers", &GradSignsParameters::carriers, 1, kMaxGradSignsCarriers},
    Count{"target_class", &GradSignsParameters::target_class, 0, 255},
    Count{"samples", &GradSignsParameters::samples, 1, kMaxGradSignsSamples},
    Count{"draws", &GradSignsParameters::draws, 1, kMaxGradSignsDraws},
};
constexpr std::array kDecimals{
    Decimal{"strength", &GradSignsParameters::strength, 1e-6, 1e3},
    Decimal{"gain", &GradSignsParameters::gain, 0.01, 100},
    Decimal{"dither", &GradSignsParameters::dither, 0, 1},
    Decimal{"step", &GradSignsParameters::step, 1e-6, 1},
};
constexpr std::size_t kFields = 1 + kCounts.size() + kDecimals.size();

/// A bound as people write it: 0.001, 1e-06, 4096.
std::string text_of(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

std::string range_of(const Count& field) {
  return std::string(field.name) + " is a count from " + std::to_string(field.least) + " to " +
         std::to_string(field.most);
}
std::string range_of(const Decimal& field) {
  return std::string(field.name) + " is a number from " + text_of(field.least) + " to " + text_of(field.most);
}

bool is_known(const std::string& name) {
  const auto has_name = [&](const auto& field) { return field.name == name; };
  return name == "seed" || std::ranges::any_of(kCounts, has_name) || std::ranges::any_of(kDecimals, has_name);
}

}  // namespace

Result<> check_parameters(const GradSignsParameters& parameters) {
  for (const Count& field : kCounts) {
    const std::uint32_t value = parameters.*field.member;
    if (value < field.least || value > field.most) return reject(RejectCode::kConfig, range_of(field));
  }
  for (const Decimal& field : kDecimals) {
    const double value = parameters.*field.member;
    if (!(value >= field.least && value <= field.most)) return reject(RejectCode::kConfig, range_of(field));
  }
  if (parameters.bits > parameters.carriers) {
    return reject(RejectCode::kConfig, "bits is more than carriers, " + std::to_string(parameters.bits) + " against " +
                                           std::to_string(parameters.carriers));
  }
  return {};
}

Result<> check_shape(const GradSignsParameters& parameters, const Shape& shape) {
  const std::int64_t inputs = shape.channels * shape.height * shape.width;
  if (parameters.carriers > inputs) {
    return reject(RejectCode::kConfig, "the key has " + std::to_string(parameters.carriers) +
                                           " carriers, an input of the network " + std::to_string(inputs) +
                                           " elements");
  }
  if (parameters.target_class >= shape.classes) {
    return reject(RejectCode::kConfig, "the key's class is " + std::to_string(parameters.target_class) +
                                           ", the network has classes 0 to " + std::to_string(shape.classes - 1));
  }
  return {};
}

nlohmann::ordered_json to_json(const GradSignsParameters& parameters) {
  nlohmann::ordered_json out;
  out["seed"] = to_hex(parameters.seed);
  for (const Count& field : kCounts) out[field.name] = parameters.*field.member;
  for (const Decimal& field : kDecimals) out[field.name] = parameters.*field.member;
  return out;
}

Result<GradSignsParameters> gradsigns_from_json(const nlohmann::json& value) {
  const auto refuse = [](const std::string& what) { return reject(RejectCode::kBadEncoding, what); };
  if (!value.is_object()) return refuse("the parameters are no object");
  GradSignsParameters out;
  const auto seed = value.find("seed");
  if (seed == value.end()) return refuse("seed is missing");
  const auto hash = seed->is_string() ? hash_from_hex(seed->get_ref<const std::string&>()) : std::nullopt;
  if (!hash) return refuse("seed is no text of 64 hexadecimal digits");
  out.seed = *hash;
  for (const Count& field : kCounts) {
    const auto at = value.find(field.name);
    if (at == value.end()) return refuse(std::string(field.name) + " is missing");
    if (!at->is_number_unsigned() || at->get<std::uint64_t>() > field.most) return refuse(range_of(field));
    out.*field.member = at->get<std::uint32_t>();
  }
  for (const Decimal& field : kDecimals) {
    const auto at = value.find(field.name);
    if (at == value.end()) return refuse(std::string(field.name) + " is missing");
    if (!at->is_number()) return refuse(range_of(field));
    out.*field.member = at->get<double>();
  }
  if (value.size() != kFields) {
    for (const auto& [name, unused] : value.items()) {
      if (!is_known(name)) return refuse(training::printable(name) + " is no field of a GradSigns key");
    }
  }
  if (auto checked = check_parameters(out); !checked) return refuse(checked.error().detail);
  return out;
}

}  // namespace freezenet::ownership
