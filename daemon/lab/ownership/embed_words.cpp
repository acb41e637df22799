#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "consensus/base/hex.h"
#include "daemon/durable_file.h"
#include "daemon/lab/checks.h"
#include "daemon/lab/exit_status.h"
#include "daemon/lab/misuse.h"
#include "daemon/lab/output_file.h"
#include "daemon/lab/ownership/finding_report.h"
#include "daemon/lab/ownership/job_input.h"
#include "daemon/lab/ownership/key_input.h"
#include "daemon/lab/ownership/words.h"
#include "training/model_file.h"
#include "training/ownership/commands/embed_job.h"
#include "training/ownership/commands/keygen.h"

namespace freezenet::lab {

namespace {

namespace fs = std::filesystem;

struct Words {
  JobWords job;
  fs::path key;
  std::optional<fs::path> model, teacher;
  bool from_scratch = false;
  std::string mode;
  ownership::JobTraining training;
  fs::path out;
};

/// What was typed, before any file is looked at.
Result<> check_words(const Words& words) {
  const std::string mode = !words.mode.empty() ? words.mode : words.model ? "fine-tune" : "train";
  if (words.model.has_value() == words.from_scratch)
    return wrong("give the MODEL that the watermark goes into, or --from-scratch");
  if (mode != "train" && mode != "fine-tune" && mode != "distill")
    return wrong("--mode is train, fine-tune or distill");
  if (mode == "train" && words.model) return wrong("--mode train begins --from-scratch, without a MODEL");
  if (mode == "fine-tune" && !words.model) return wrong("--mode fine-tune needs the MODEL that is trained further");
  if ((mode == "distill") != words.teacher.has_value())
    return wrong("--mode distill and --teacher FILE belong together");
  if (words.training.epochs < 1 || words.training.epochs > 100'000) return wrong("--epochs is 1 to 100000");
  if (words.training.batch < 2 || words.training.batch > 65536) return wrong("--batch is 2 to 65536");
  if (!(words.training.rate > 0 && words.training.rate <= 16)) return wrong("--rate is above 0 and at most 16");
  if (auto apart = check_apart("--out", words.out, {words.model, words.teacher, words.key, words.job.task_file()});
      !apart)
    return apart;
  if (words.job.data && same_file(words.out.parent_path(), *words.job.data))
    return wrong("--out is in the dataset's folder " + words.job.data->string() + ": name another one");
  return check_output("--out", words.out);
}

Result<> save_model(const Words& words, const NamedTask& named, const ownership::Embedded& embedded) {
  char accuracy[32];
  std::snprintf(accuracy, sizeof accuracy, "%.6f", embedded.accuracy);
  // Nothing of the watermark: a thief need not know that there is one.
  const Bytes file = training::write_model(named.task, named.plan, embedded.weights,
                                           {{"kind", "lab"}, {"evaluation_accuracy", accuracy}});
  return daemon::write_durably(words.out, file, 0644);
}

/// Status and last words.
int ended(const Words& words, const ownership::Key& key, const ownership::Embedded& embedded) {
  if (embedded.finding.found) return kExitDone;
  const std::string undecided = ownership::indecision(key);
  return report({RejectCode::kConfig, !undecided.empty()
                                          ? undecided + ": make a key of more --bits"
                                          : "the watermark did not take: train it further from " + words.out.string() +
                                                ", with more --epochs, another --rate or a key of more --strength"});
}

Result<int> run(const Words& words, JobSession& session) {
  if (auto checked = check_words(words); !checked) return tl::unexpected(checked.error());
  const auto key = load_key(words.key);
  if (!key) return tl::unexpected(key.error());
  const auto job = load_job(words.job);
  if (!job) return tl::unexpected(job.error());
  ownership::EmbedOrder order{{}, {}, words.training};
  for (const auto& [file, place] : {std::pair(words.model, &order.model), std::pair(words.teacher, &order.teacher)}) {
    if (!file) continue;
    auto model = load_model(job->named, *file);
    if (!model) return tl::unexpected(model.error());
    *place = std::move(*model);
  }
  if (const std::string why = ownership::indecision(**key); !why.empty()) std::cerr << why << "\n";
  std::cerr << "embedding, seed " << words.training.seed << "\n";
  auto embedded = ownership::run_embed(job->data(), **key, order, session.watch());
  session.clear();
  if (!embedded) return tl::unexpected(embedded.error());
  if (auto saved = save_model(words, job->named, *embedded); !saved) return tl::unexpected(saved.error());
  if (embedded->accuracy_before) std::printf("accuracy before %.4f\n", *embedded->accuracy_before);
  std::cout << finding_text(ownership::scheme_of(**key), embedded->accuracy, embedded->finding) << "model root "
            << to_hex(training::model_root(embedded->weights)) << "\nmodel " << words.out.string() << "\n";
  return ended(words, **key, *embedded);
}

}  // namespace

void add_embed(CLI::App& ownership, Action& action) {
  auto words = std::make_shared<Words>();
  ownership::JobTraining& training = words->training;
  CLI::App* command = ownership.add_subcommand("embed", "Train a key's watermark into a model");
  command->add_option("KEY", words->key, "A key's file")->required();
  command->add_option("MODEL", words->model, "The model that is trained further");
  command->add_flag("--from-scratch", words->from_scratch, "Train a network from its beginning in place of a MODEL");
  command->add_option("--mode", words->mode,
                      "train (from scratch), fine-tune (a MODEL), distill (learn a teacher's scores)");
  command->add_option("--teacher", words->teacher, "The model whose scores are learned");
  command->add_option("--epochs", training.epochs, "Passes over the training split")
      ->check(kWholeNumber)
      ->capture_default_str();
  command->add_option("--batch", training.batch, "Samples a step")->check(kWholeNumber)->capture_default_str();
  command->add_option("--rate", training.rate, "Learning rate")->capture_default_str();
  command->add_flag("--sgd", training.sgd, "Gradient descent with momentum 0.9 in place of Adam");
  command->add_option("--seed", training.seed, "Order of samples and first weights")
      ->check(kWholeNumber)
      ->capture_default_str();
  command->add_option("--out", words->out, "Where the model is written, as safetensors")->required();
  words->job.add_to(*command, true);
  command->callback([words, &action] {
    action = [words] {
      JobSession session(words->job.threads);
      const auto status = run(*words, session);
      return status ? *status : refused(status.error());
    };
  });
}

}  // namespace freezenet::lab
