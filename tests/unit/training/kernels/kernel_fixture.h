#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "training/kernels/device.h"

namespace freezenet::kernels {

/// What the operations are tried on: every path of this machine with 1, 2 and 3 threads.
struct TestDevice {
  std::string label;
  std::unique_ptr<Pool> pool;
  Path path;
  [[nodiscard]] Device device() const { return {table_of(path), *pool}; }
};

inline std::vector<TestDevice> test_devices() {
  std::vector<TestDevice> devices;
  for (const Path path : available_paths()) {
    for (const unsigned threads : {1U, 2U, 3U}) {
      devices.push_back(
          {std::string(name(path)) + "/" + std::to_string(threads), std::make_unique<Pool>(threads), path});
    }
  }
  return devices;
}

/// Values of many magnitudes with zeros among them, so that rounding, cancellation and skipped terms all occur. Never
/// -0.
class Values {
 public:
  explicit Values(std::uint32_t seed) : engine_(seed) {}
  std::vector<float> floats(std::size_t n) {
    std::vector<float> out(n);
    for (float& v : out) {
      const auto bits = engine_();
      const float mantissa = static_cast<float>(static_cast<std::int32_t>(bits)) * 0x1p-31F;
      v = bits % 5 == 0 ? 0.0F : std::ldexp(mantissa, static_cast<int>(engine_() % 9) - 4);
    }
    return out;
  }
  std::size_t between(std::size_t low, std::size_t high) { return low + engine_() % (high - low + 1); }

 private:
  std::mt19937 engine_;
};

/// Equal as bits; says where not.
inline ::testing::AssertionResult same_bits(std::span<const float> found, std::span<const float> expected) {
  if (found.size() != expected.size())
    return ::testing::AssertionFailure() << found.size() << " values, expected " << expected.size();
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::bit_cast<std::uint32_t>(found[i]) != std::bit_cast<std::uint32_t>(expected[i])) {
      return ::testing::AssertionFailure() << "at " << i << ": " << found[i] << ", expected " << expected[i];
    }
  }
  return ::testing::AssertionSuccess();
}

/// One output as docs/numerics.md defines it, and beside it the same sum in binary64 with the sum of the magnitudes:
/// what an error is measured by.
class Chain {
 public:
  explicit Chain(float start = 0.0F) : value_(start), exact_(start), magnitude_(std::fabs(start)) {}
  void add(float a, float b) {
    value_ = std::fmaf(a, b, value_);
    exact_ += static_cast<double>(a) * b;
    magnitude_ += std::fabs(static_cast<double>(a) * b);
    ++terms_;
  }
  [[nodiscard]] float value() const { return value_ + 0.0F; }
  /// Within the error bound of a sum of this length: catches a definition that is wrong in the same way twice.
  [[nodiscard]] bool plausible() const {
    return std::fabs(static_cast<double>(value_) - exact_) <=
           0x1p-23 * magnitude_ * static_cast<double>(terms_ + 1) + 0x1p-140;
  }

 private:
  float value_;
  double exact_, magnitude_;
  std::size_t terms_ = 0;
};

}  // namespace freezenet::kernels
