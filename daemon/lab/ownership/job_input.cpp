#include "daemon/lab/ownership/job_input.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "daemon/lab/checks.h"
#include "daemon/lab/exit_status.h"

namespace freezenet::lab {

void JobWords::add_to(CLI::App& command, bool with_data) {
  threads = std::max(std::thread::hardware_concurrency(), 1U);
  command.add_option("--task", task, "A task's file, or digits: the network's shape and the dataset")
      ->capture_default_str();
  command.add_option("--threads", threads, "Threads of LibTorch")
      ->check(kWholeNumber)
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  if (!with_data) return;
  command.add_option("--data", data, "Folder with the dataset's files; digits needs none");
  command.add_option("--train-samples", samples, "Only the first so many of the training split. Default: all")
      ->check(kWholeNumber);
}

std::optional<std::filesystem::path> JobWords::task_file() const {
  return task == "digits" ? std::nullopt : std::optional(task);
}

Result<JobInput> load_job(const JobWords& words) {
  auto named = load_pinned_task(words.task);
  if (!named) return tl::unexpected(named.error());
  auto dataset = load_data(named->task, words.data);
  if (!dataset) return tl::unexpected(dataset.error());
  return JobInput{std::move(*named), std::move(*dataset), words.samples == 0 ? UINT64_MAX : words.samples};
}

JobSession::JobSession(unsigned threads) : progress_(interruption_, ::isatty(STDERR_FILENO) != 0) {
  ownership::use_threads(threads);
}

int refused(const Reject& why) { return why.code == RejectCode::kConfig ? misused(why) : report(why); }

}  // namespace freezenet::lab
