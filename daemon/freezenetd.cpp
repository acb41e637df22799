// The node program: arguments, signals, exit status. Everything else is Node.

#include <iostream>

#include "daemon/config.h"
#include "daemon/data_dir.h"
#include "daemon/kernel_choice.h"
#include "daemon/preflight.h"
#include "daemon/run_node.h"
#include "daemon/version.h"
#include "training/torch/self_test.h"

namespace freezenet::daemon {
namespace {

Result<std::string> describe_self_test(const Options& options) {
  auto path = kernel_path(options.kernel);
  if (!path) return tl::unexpected(path.error());
  auto network = load_network(options.network, network_folders());
  if (!network) return tl::unexpected(network.error());
  auto tasks = training::load_task_contexts(
      network->params, options.datasets.empty() ? DataPaths(options.datadir).datasets() : options.datasets);
  if (!tasks) return tl::unexpected(tasks.error());
  std::string done;
  for (const training::TaskContext& task : *tasks) {
    auto report = training::self_test(task.task, task.dataset, {*path, options.mining_threads});
    if (!report) return tl::unexpected(report.error());
    done += (done.empty() ? "" : ", ") + task.task.name;
  }
  return "a step against LibTorch and the golden segment agree: " + done;
}

int check(const Options& options) {
  const SystemClock clock;
  const PreflightParts parts{
      options, clock,
      [&]() -> Result<std::string> {
        return kernel_path(options.kernel).map([](kernels::Path path) { return std::string(kernels::name(path)); });
      },
      [&] { return describe_self_test(options); }};
  const std::vector<CheckItem> items = run_preflight(parts);
  std::cout << preflight_report(items);
  return all_ok(items) ? 0 : 1;
}

int main_checked(int argc, char** argv) {
  auto line = parse_command_line(Program::kNode, argc, argv, system_environment());
  if (!line) return report_failure(line.error());
  switch (line->action) {
    case CommandLine::Action::kHelp: std::cout << help_text(Program::kNode); return 0;
    case CommandLine::Action::kVersion: std::cout << "freezenetd " << kVersion << "\n"; return 0;
    case CommandLine::Action::kPrintConfig: std::cout << sample_config(); return 0;
    case CommandLine::Action::kCheck: return check(line->options);
    case CommandLine::Action::kRun: break;
  }
  return run_node(line->options);
}

}  // namespace
}  // namespace freezenet::daemon

int main(int argc, char** argv) {
  try {
    return freezenet::daemon::main_checked(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "freezenetd: " << error.what() << "\n";
    return 1;
  }
}
