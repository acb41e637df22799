// freezenetd on a machine that is not as it should be, for functional tests. Everything but the machine is the product:
//
//   FREEZENET_TEST_CLOCK=SECONDS   the clock is so far ahead (or behind, where negative)
//   FREEZENET_TEST_FAULT=start     the fast kernels compute wrong bits from the beginning
//   FREEZENET_TEST_FAULT=later     ... from SIGUSR1 on

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include <signal.h>

#include "daemon/config.h"
#include "daemon/run_node.h"

namespace freezenet::daemon {
namespace {

std::atomic<bool> faulty = false;

/// The last bit of one weight in a million, like a processor with a worn unit: far below what any tolerance notices.
std::uint32_t update_with_a_fault(const kernels::UpdateArguments& u) {
  const std::uint32_t largest = kernels::table_of(kernels::best_path()).update(u);
  if (faulty && (u.frozen == nullptr || u.frozen[0] == 0)) u.weights[0] += 0x1p-20F;
  return largest;
}

class ShiftedClock final : public Clock {
 public:
  explicit ShiftedClock(std::int64_t seconds) : seconds_(seconds) {}
  [[nodiscard]] std::uint64_t unix_seconds() const override {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(system_.unix_seconds()) + seconds_);
  }

 private:
  SystemClock system_;
  std::int64_t seconds_;
};

std::string_view setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int main_checked(int argc, char** argv) {
  auto line = parse_command_line(Program::kNode, argc, argv, system_environment());
  if (!line) return report_failure(line.error());
  const std::string shift(setting("FREEZENET_TEST_CLOCK"));
  const ShiftedClock clock(shift.empty() ? 0 : std::stoll(shift));
  kernels::KernelTable loops = kernels::table_of(kernels::best_path());
  loops.update = update_with_a_fault;
  const std::string_view fault = setting("FREEZENET_TEST_FAULT");
  faulty = fault == "start";
  if (fault == "later") ::signal(SIGUSR1, [](int) { faulty = true; });
  return run_node(line->options, {&clock, fault.empty() ? nullptr : &loops});
}

}  // namespace
}  // namespace freezenet::daemon

int main(int argc, char** argv) {
  try {
    return freezenet::daemon::main_checked(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "freezenetd-test: " << error.what() << "\n";
    return 1;
  }
}
