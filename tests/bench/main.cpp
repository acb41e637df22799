// The engine's speed and memory, beside LibTorch's and OpenBLAS's (docs/benchmarks.md; scripts/bench engine).
#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include <CLI/CLI.hpp>

#include "tests/bench/rows.h"
#include "tests/bench/training/torch/stock_network.h"
#include "training/kernels/path.h"

using namespace freezenet;

namespace {

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
  }
  return "unknown processor";
}

/// Who measures beside other programs measures them as well.
std::string load_warning() {
  double load = 0;
  if (getloadavg(&load, 1) != 1 || load < 0.5) return {};
  char text[120];
  std::snprintf(text, sizeof text, "the machine is not quiet (load %.1f over the last minute): figures will be worse",
                load);
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures FreezeNet's engine beside stock LibTorch and OpenBLAS: docs/benchmarks.md");
  bool json = false, quick = false;
  std::vector<std::string> only;
  std::string memory_of;
  const std::set<std::string> parts{"gemm", "step", "replay", "mask", "watermark", "memory"};
  app.add_flag("--json", json, "one JSON object on standard output; the lines go to standard error");
  app.add_flag("--quick", quick, "3 short pairs in place of 9: for a first look");
  app.add_option("--only", only, "parts: gemm step replay mask watermark memory")->check(CLI::IsMember(parts));
  app.add_option("--memory-of", memory_of)->check(CLI::IsMember({"mnist", "cifar"}))->group("");
  CLI11_PARSE(app, argc, argv);
  if (!memory_of.empty()) return bench::measure_memory(memory_of);

  const bench::Effort effort = quick ? bench::Effort{.pairs = 3, .seconds = 0.05, .warm_up = 0.03} : bench::Effort{};
  // Where a hundredth decides, nine pairs leave the median as uncertain as that.
  const bench::Effort fine = quick ? effort : bench::Effort{.pairs = 25};
  const auto wanted = [&](const std::string& part) {
    return only.empty() || std::find(only.begin(), only.end(), part) != only.end();
  };
  bench::Report report(json ? stderr : stdout);
  report.note(processor_name() + ", " + std::to_string(std::thread::hardware_concurrency()) + " processors, kernels " +
              std::string(kernels::name(kernels::best_path())));
  if (const std::string warning = load_warning(); !warning.empty()) report.note(warning);
  report.note("time    key                         row                        median [quartiles]");
  try {
    bench::set_stock_threads(2, 1);
    if (wanted("memory")) bench::memory_rows(report);
    if (wanted("watermark")) bench::watermark_rows(report, effort);
    const bench::GemmPeak peak = wanted("gemm") ? bench::gemm_rows(report, effort) : bench::GemmPeak{};
    if (wanted("step")) bench::step_rows(report, effort, fine, peak);
    if (wanted("mask")) bench::mask_rows(report, fine);
    if (wanted("replay")) bench::replay_rows(report, fine);
  } catch (const std::exception& error) {
    report.note(std::string("stopped: ") + error.what());
    return 1;
  }
  report.summary();
  if (json) std::printf("%s\n", report.json().c_str());
  return report.any_failed() ? 1 : 0;
}
