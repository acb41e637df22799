// The node program: arguments, signals, exit status. Everything else is Node.

#include <iostream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <signal.h>

#include "daemon/config.h"
#include "daemon/kernel_choice.h"
#include "daemon/node.h"
#include "daemon/preflight.h"
#include "daemon/version.h"
#include "training/torch/self_test.h"

namespace freezenet::daemon {
namespace {

int fail(const Reject& why) {
  std::cerr << "freezenetd: " << (why.detail.empty() ? why.message() : why.detail) << "\n";
  return 1;
}

Result<std::string> describe_self_test(const Options& options) {
  auto path = kernel_path(options.kernel);
  if (!path) return tl::unexpected(path.error());
  auto network = load_network(options.network, network_folders());
  if (!network) return tl::unexpected(network.error());
  auto tasks = training::load_task_contexts(network->params);
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

int run(const Options& options) {
  boost::asio::io_context io;
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  auto keep = boost::asio::make_work_guard(io);
  const auto finish = [&] {
    boost::asio::post(io, [&] {
      signals.cancel();
      keep.reset();
    });
  };
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) finish();
  });
  auto node = Node::start(options, finish);
  if (!node) return fail(node.error());
  io.run();
  (*node)->stop();
  return (*node)->failed() ? 1 : 0;
}

int main_checked(int argc, char** argv) {
  auto line = parse_command_line(Program::kNode, argc, argv, system_environment());
  if (!line) return fail(line.error());
  switch (line->action) {
    case CommandLine::Action::kHelp: std::cout << help_text(Program::kNode); return 0;
    case CommandLine::Action::kVersion: std::cout << "freezenetd " << kVersion << "\n"; return 0;
    case CommandLine::Action::kPrintConfig: std::cout << sample_config(); return 0;
    case CommandLine::Action::kCheck: return check(line->options);
    case CommandLine::Action::kRun: break;
  }
  return run(line->options);
}

}  // namespace
}  // namespace freezenet::daemon

int main(int argc, char** argv) {
  // A peer or client that goes away must be an error of one write, not the end of the process.
  ::signal(SIGPIPE, SIG_IGN);
  try {
    return freezenet::daemon::main_checked(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "freezenetd: " << error.what() << "\n";
    return 1;
  }
}
