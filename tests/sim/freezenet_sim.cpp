// freezenet-sim: the consensus code in a simulated network, many nodes on one clock. docs/security.md shows its
// figures.

#include <chrono>
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>

#include "tests/sim/scenario.h"

namespace {

/// At most one line a second, written over the one before it where somebody looks.
class Progress {
 public:
  void operator()(const std::string& what) {
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < std::chrono::seconds(1)) return;
    shown_ = now;
    std::cerr << "\r\x1b[K" << what << std::flush;
    used_ = true;
  }
  ~Progress() {
    if (used_) std::cerr << "\r\x1b[K" << std::flush;
  }
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
  bool used_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  using namespace freezenet::sim;
  CLI::App app{
      "FreezeNet's consensus code in a simulated network: real headers, signatures, chains, difficulty and "
      "ledgers; a stub in place of training and replay. The same seed gives the same output."};
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default();
  ScenarioOptions options;
  std::string csv_path;
  std::string (*chosen)(const ScenarioOptions&) = nullptr;
  const auto scenario = [&](const char* name, const char* what, const char* sweep,
                            std::string (*run)(const ScenarioOptions&)) {
    CLI::App* sub = app.add_subcommand(name, what);
    sub->add_option("--seed", options.seed, "Seed of the first run")->capture_default_str();
    sub->add_option("--seeds", options.seeds, "Runs of each point, with seeds one after the other")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000));
    sub->add_option("--nodes", options.nodes, "Nodes; default: the scenario's")->check(CLI::Range(3, 2'000));
    sub->add_option("--blocks", options.blocks, "Blocks of the chain that are measured; default: the scenario's")
        ->check(CLI::Range(10, 1'000'000));
    sub->add_option("--sweep", options.sweep, sweep)->delimiter(',');
    sub->add_option("--csv", csv_path, "File for the rows; default: standard output, before the summary");
    sub->callback([&chosen, run] { chosen = run; });
  };
  scenario("stale", "Stale rate, work in vain and fairness against segment time / interval", "Ratios x", run_stale);
  scenario("withhold", "Selfish mining (Eyal, Sirer 2014)", "Shares of the power that withhold", run_withhold);
  scenario("pause", "Nobody mines for 30 days (--blocks: before it)", "Unused", run_pause);
  scenario("partition", "Two parts for an hour, and two of equal work (--blocks: of the latter)",
           "Shares of the nodes in the first part", run_partition);
  scenario("timestamps", "A miner that lies about the time", "Shares of the power that lie", run_timestamps);
  CLI11_PARSE(app, argc, argv);

  std::ofstream file;
  if (!csv_path.empty()) {
    file.open(csv_path);
    if (!file) {
      std::cerr << "freezenet-sim: cannot write " << csv_path << "\n";
      return 1;
    }
  }
  options.csv = csv_path.empty() ? &std::cout : &file;
  std::string summary;
  {
    Progress progress;
    options.progress = [&progress](const std::string& what) { progress(what); };
    summary = chosen(options);
  }
  if (file.is_open() && !file.flush()) {
    std::cerr << "freezenet-sim: " << csv_path << ": the disk is full\n";
    return 1;
  }
  std::cout << summary << "\n";
  return 0;
}
