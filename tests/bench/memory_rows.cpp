#include <array>
#include <cstdlib>
#include <fstream>
#include <string>

#include <unistd.h>

#include "tests/bench/our_step.h"
#include "tests/bench/rows.h"

namespace freezenet::bench {
namespace {

constexpr const char* kKey = "step_memory_ratio";
constexpr const char* kNetworks[] = {"mnist", "cifar"};

Task network_of(const std::string& name) { return name == "mnist" ? mnist_network() : cifar_network(); }

/// A line of /proc/self/status, in bytes.
double status(const std::string& field) {
  std::ifstream in("/proc/self/status");
  for (std::string word; in >> word;) {
    double kibibytes = 0;
    if (word == field + ":" && in >> kibibytes) return 1024 * kibibytes;
  }
  return 0;
}

/// What `command` prints, where it ends well; else nothing.
std::string output_of(const std::string& command) {
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string text;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  return pclose(pipe) == 0 ? text : std::string();
}

}  // namespace

int measure_memory(const std::string& network) {
  const double before = status("VmRSS");
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak begins anew here; see proc(5)
  {
    OurStep step(network_of(network), 2);
    for (int i = 0; i < 3; ++i) {
      if (const auto ok = step.run(1e-5F, {}); !ok) {
        std::fprintf(stderr, "%s\n", ok.error().message().c_str());
        return 1;
      }
    }
  }
  std::printf("%.0f\n", status("VmHWM") - before);
  return before == 0 ? 1 : 0;
}

void memory_rows(Report& report) {
  std::array<char, 4096> self{};
  if (readlink("/proc/self/exe", self.data(), self.size() - 1) < 0) {
    return report.failed(kKey, "both", "where is this program?");
  }
  for (const char* const name : kNetworks) {
    report.progress(std::string(kKey) + ", " + name);
    const std::string text = output_of("'" + std::string(self.data()) + "' --memory-of " + name);
    const double peak = std::strtod(text.c_str(), nullptr);
    if (peak <= 0) {
      report.failed(kKey, name, "no figure from a new process");
      continue;
    }
    const Task task = network_of(name);
    const Plan plan = plan_of(task).value();
    const double activations = 4.0 * static_cast<double>(activation_floats(task, plan));
    const double needed = 12.0 * static_cast<double>(plan.parameters) + activations;
    std::array<char, 120> detail{};
    std::snprintf(detail.data(), detail.size(), "%.1f of %.1f MB, activations %.1f of them", peak / 1e6, needed / 1e6,
                  activations / 1e6);
    report.add(kKey, std::string(name) + ", 2 t", {peak / needed, peak / needed, peak / needed}, detail.data());
  }
}

}  // namespace freezenet::bench
