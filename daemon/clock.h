#pragma once

#include <chrono>
#include <cstdint>

namespace freezenet::daemon {

/// Wall-clock seconds as consensus needs them. An argument everywhere, so that tests own the time.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::uint64_t unix_seconds() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::uint64_t unix_seconds() const override;
};

/// Time that only goes forward, for spans that must not depend on who sets the wall clock.
class SteadyClock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  virtual ~SteadyClock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
};

class SystemSteadyClock final : public SteadyClock {
 public:
  [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace freezenet::daemon
