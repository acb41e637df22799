#include "tests/sim/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace freezenet::sim {
namespace {

__extension__ using Wide = unsigned __int128;

/// SplitMix64's finaliser (Steele, Lea, Flood 2014): neighbouring seeds give unrelated generators.
std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed, std::uint64_t stream)
    : engine_(mixed(mixed(seed + 0x9e3779b97f4a7c15) + 0x9e3779b97f4a7c15 * (stream + 1))) {}

double Random::uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

std::uint64_t Random::below(std::uint64_t bound) {
  // The bias is below bound / 2^64.
  return static_cast<std::uint64_t>((static_cast<Wide>(engine_()) * bound) >> 64);
}

double Random::normal() {
  const double radius = std::sqrt(-2 * std::log1p(-uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

double Random::lognormal(double median, double sigma) { return median * std::exp(sigma * normal()); }

double Random::geometric(double p) {
  const double u = uniform();
  return p >= 1 ? 1 : 1 + std::floor(std::log1p(-u) / std::log1p(-p));
}

}  // namespace freezenet::sim
