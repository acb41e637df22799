#pragma once

#include <cstdint>

#include <nlohmann/json.hpp>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"
#include "training/ownership/classifier.h"

namespace freezenet::ownership {

/// Bounds of a key: K has at most 4 Mi elements, whatever a key file says.
inline constexpr std::uint32_t kMaxGradSignsBits = 1024;
inline constexpr std::uint32_t kMaxGradSignsCarriers = 4096;
inline constexpr std::uint32_t kMaxGradSignsSamples = 1000;
inline constexpr std::uint32_t kMaxGradSignsDraws = 100;

/// What a GradSigns key is made from. The first four say what is embedded, the others how it is embedded and asked for:
/// keys that differ in those alone carry the same bits at the same carriers.
struct GradSignsParameters {
  Hash256 seed;
  std::uint32_t bits = 64;         ///< N, 1 to the number of carriers: beyond it not every signature can be embedded
  std::uint32_t carriers = 384;    ///< C, input elements whose gradient carries the bits
  std::uint32_t target_class = 0;  ///< T, the class whose loss is derived
  double strength = 1;             ///< lambda, weight of the signature in the loss; up to 1,000
  double gain = 3;                 ///< of K G, brought to a root mean square of 1, before the sigmoid; up to 100
  double dither = 0.05;            ///< sigma of the noise on every input that is derived or asked about; 0 to 1
  double step = 0.01;              ///< h of the finite differences in a black box; 1e-6 to 1
  std::uint32_t samples = 50;      ///< of class T that an extraction averages over, at most
  std::uint32_t draws = 4;         ///< of the dither, for each of these samples
  friend bool operator==(const GradSignsParameters&, const GradSignsParameters&) = default;
};

/// kConfig with the name of the first field out of its range.
Result<> check_parameters(const GradSignsParameters& parameters);
/// kConfig where a network of this shape cannot carry the key.
Result<> check_shape(const GradSignsParameters& parameters, const Shape& shape);

nlohmann::ordered_json to_json(const GradSignsParameters& parameters);
/// The inverse, from a stranger's file: kBadEncoding names the first field that is missing, unknown, of another type or
/// out of its range.
Result<GradSignsParameters> gradsigns_from_json(const nlohmann::json& value);

}  // namespace freezenet::ownership
