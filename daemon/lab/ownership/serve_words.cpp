#include <memory>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "daemon/lab/checks.h"
#include "daemon/lab/exit_status.h"
#include "daemon/lab/ownership/job_input.h"
#include "daemon/lab/ownership/words.h"
#include "training/ownership/commands/serve_job.h"

namespace freezenet::lab {

namespace {

struct Words {
  JobWords job;
  std::filesystem::path model;
  std::optional<unsigned> decimals;
};

Result<> serve(const Words& words) {
  const auto named = load_pinned_task(words.job.task);
  if (!named) return tl::unexpected(named.error());
  const auto model = load_model(*named, words.model);
  if (!model) return tl::unexpected(model.error());
  return ownership::run_serve(named->task, named->plan, *model, STDIN_FILENO, STDOUT_FILENO, words.decimals);
}

}  // namespace

void add_serve(CLI::App& ownership, Action& action) {
  auto words = std::make_shared<Words>();
  CLI::App* command = ownership.add_subcommand(
      "serve", "Answer queries for a model's scores on standard input and output: a black box, for verify --command");
  command->add_option("MODEL", words->model, "The model")->required();
  command->add_option("--decimals", words->decimals, "Round the scores to so many digits")
      ->check(kWholeNumber)
      ->check(CLI::Range(0U, 9U));
  words->job.add_to(*command, false);
  command->callback([words, &action] {
    action = [words] {
      ownership::use_threads(words->job.threads);
      const auto served = serve(*words);
      return served ? kExitDone : refused(served.error());
    };
  });
}

}  // namespace freezenet::lab
