#include "daemon/worker/run_worker.h"

#include <iostream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <signal.h>

#include "daemon/cli/text.h"
#include "daemon/clock.h"
#include "daemon/data_dir.h"
#include "daemon/kernel_choice.h"
#include "daemon/network_file.h"
#include "daemon/random.h"
#include "daemon/version.h"
#include "daemon/worker/worker.h"
#include "training/golden.h"

namespace freezenet::worker {
namespace {

/// Lines of several threads on standard output, each whole and at once: a service's log reads them.
class Lines {
 public:
  void say(const std::string& line) {
    const std::lock_guard lock(mutex_);
    std::cout << daemon::utc_text(clock_.unix_seconds()) << " " << line << std::endl;
  }

 private:
  const daemon::SystemClock clock_;
  std::mutex mutex_;
};

int report(const Reject& why) {
  std::cerr << "freezenet-miner: " << (why.detail.empty() ? why.message() : why.detail) << "\n";
  return 1;
}

/// Everything that is decided before the first call to the node.
struct Parts {
  daemon::Network network;
  std::vector<training::TaskContext> tasks;
  Worker::Settings settings;
};

Result<Parts> prepare(const WorkerOptions& options, const kernels::KernelTable* loops) {
  Parts parts;
  auto path = daemon::kernel_path(options.kernel);
  if (!path) return tl::unexpected(path.error());
  parts.settings.engine = {.path = *path, .threads = options.threads, .table = loops};
  // With wrong bits every ticket is vain, and every block an accusation of this machine.
  if (auto right = training::check_golden_segment(parts.settings.engine); !right) {
    return reject(right.error().code,
                  right.error().detail + "; it does not mine. Try --kernel portable, and test its memory");
  }
  auto network = daemon::load_network(options.network, daemon::network_folders());
  if (!network) return tl::unexpected(network.error());
  parts.network = std::move(*network);
  auto tasks = training::load_task_contexts(parts.network.params, options.datasets);
  if (!tasks) return tl::unexpected(tasks.error());
  parts.tasks = std::move(*tasks);
  if (!options.miner_key.empty()) {
    auto key = daemon::load_or_create_miner_key(options.miner_key);
    if (!key) return tl::unexpected(key.error());
    parts.settings.key = *key;
  }
  parts.settings.nice = static_cast<int>(options.nice);
  parts.settings.first_nonce = daemon::random_u64();
  parts.settings.jitter = daemon::random_u64();
  parts.settings.blocks = options.blocks;
  return parts;
}

}  // namespace

int run_worker(const WorkerOptions& options, const kernels::KernelTable* loops) {
  ::signal(SIGPIPE, SIG_IGN);  // a node that goes away is an error of one write
  boost::asio::io_context io;
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  boost::asio::steady_timer timer(io);
  signals.async_wait([&io](const boost::system::error_code& error, int) {
    if (!error) io.stop();
  });
  const auto parts = prepare(options, loops);
  if (!parts) return report(parts.error());
  Lines lines;
  std::string failure;
  const NodeLink link([&] { return node_access(options, parts->network.rpc_port); }, parts->network.params.name,
                      parts->tasks);
  Worker worker(
      link, parts->tasks, parts->settings, [&lines](const std::string& line) { lines.say(line); },
      [&](const std::string& why) {
        boost::asio::post(io, [&, why] {
          failure = why;
          io.stop();
        });
      });
  lines.say("freezenet-miner " + std::string(daemon::kVersion) + " on " + parts->network.params.name + ", kernels " +
            std::string(kernels::name(parts->settings.engine.path)) + ", " + std::to_string(options.threads) +
            " threads; the golden segment has the right bits");
  const std::chrono::seconds every(options.status_seconds);
  std::function<void()> tick = [&] {
    timer.expires_after(every);
    timer.async_wait([&](const boost::system::error_code& error) {
      if (error) return;
      lines.say(worker.status());
      tick();
    });
  };
  if (every.count() > 0) tick();
  worker.start();
  io.run();
  worker.stop();
  lines.say(worker.status());
  lines.say("stopped");
  return failure.empty() ? 0 : report({RejectCode::kConfig, failure});
}

}  // namespace freezenet::worker
