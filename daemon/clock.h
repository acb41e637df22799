#pragma once

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

}  // namespace freezenet::daemon
