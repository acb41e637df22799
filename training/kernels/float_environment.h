#pragma once

#include <cstdint>

namespace freezenet::kernels {

/// Puts the calling thread's floating-point unit into the state that the numeric profile needs - round to nearest even,
/// denormals neither flushed nor read as zero, no traps - and restores the old state at the end. Each computing thread
/// holds one: the state belongs to a thread, and a library that the process loads (anything linked with -ffast-math)
/// may have changed it.
class FloatEnvironment {
 public:
  FloatEnvironment();
  ~FloatEnvironment();
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;

  /// Whether the calling thread's state is the needed one now.
  static bool correct();

 private:
  std::uint32_t saved_;  // MXCSR; FPCR, whose upper half is reserved as zero; else the rounding mode
};

}  // namespace freezenet::kernels
