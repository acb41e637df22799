#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace freezenet::sim {

/// Simulated time in microseconds since the network's genesis.
using Micros = std::int64_t;

inline constexpr double kMicrosPerSecond = 1e6;
inline Micros micros(double seconds) { return static_cast<Micros>(seconds * kMicrosPerSecond); }
inline double seconds(Micros time) { return static_cast<double>(time) / kMicrosPerSecond; }

/// The one clock of a simulated network, and what will happen on it. What is due at the same instant happens in the
/// order in which it was asked for, so that a run is a function of its seed. Owned by World; one thread.
class EventQueue {
 public:
  using Action = std::function<void()>;

  [[nodiscard]] Micros now() const { return now_; }
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  /// A time in the past means now.
  void at(Micros time, Action action);
  void after(Micros delay, Action action) { at(now_ + delay, std::move(action)); }
  /// Moves the clock to the next event and runs it. False where there is none.
  bool step();
  /// Everything up to and including `time`; the clock ends there.
  void run_until(Micros time);

 private:
  struct Event {
    Micros time;
    std::uint64_t sequence;
    Action action;
  };
  static bool later(const Event& a, const Event& b);

  std::vector<Event> heap_;
  Micros now_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace freezenet::sim
