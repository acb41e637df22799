#include <cstdio>
#include <iostream>
#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>

#include "daemon/durable_file.h"
#include "daemon/lab/checks.h"
#include "daemon/lab/exit_status.h"
#include "daemon/lab/output_file.h"
#include "daemon/lab/ownership/job_input.h"
#include "daemon/lab/ownership/key_input.h"
#include "daemon/lab/ownership/words.h"
#include "training/ownership/commands/attack_job.h"

namespace freezenet::lab {

namespace {

namespace fs = std::filesystem;
using ownership::AttackOutcome;

struct Words {
  JobWords job;
  fs::path key, model;
  std::vector<std::string> attacks;
  ownership::AttackOrder order;
  std::optional<fs::path> csv;
  bool list = false;
};

constexpr const char* kHeader =
    "attack,group,accuracy_before,accuracy_after,matches,trials,chance,log10_p,found,succeeded,seconds,failure\n";

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string csv_row(const AttackOutcome& outcome) {
  std::ostringstream row;
  row << outcome.attack.name << ',' << outcome.attack.group << ',' << outcome.accuracy_before << ',';
  if (outcome.failure) {
    row << ",,,,,,," << outcome.seconds << ',' << quoted(outcome.failure->detail);
  } else {
    const ownership::Evidence& evidence = outcome.finding.evidence;
    row << outcome.accuracy_after << ',' << evidence.matches << ',' << evidence.trials << ',' << evidence.chance << ','
        << evidence.log10_p() << ',' << outcome.finding.found << ',' << outcome.succeeded << ',' << outcome.seconds
        << ',';
  }
  return row.str() + "\n";
}

std::string table_row(const AttackOutcome& outcome) {
  char text[256];
  if (outcome.failure) {
    std::snprintf(text, sizeof text, "%-26s not made: ", outcome.attack.name.c_str());
    return text + outcome.failure->detail + "\n";
  }
  const ownership::Evidence& evidence = outcome.finding.evidence;
  std::snprintf(text, sizeof text, "%-26s %.4f  %.4f  %5llu/%-5llu 10^%-9.2f %-9s %s\n", outcome.attack.name.c_str(),
                outcome.accuracy_before, outcome.accuracy_after, static_cast<unsigned long long>(evidence.matches),
                static_cast<unsigned long long>(evidence.trials), evidence.log10_p(),
                outcome.finding.found ? "there" : "not there", outcome.succeeded ? "the attack succeeded" : "");
  return text;
}

Result<> check_words(Words& words) {
  if (words.attacks.size() > 1 || (words.attacks.size() == 1 && words.attacks[0] != "all"))
    words.order.names = words.attacks;
  if (!words.csv) return {};
  if (auto apart = check_apart("--csv", *words.csv, {words.key, words.model, words.job.task_file()}); !apart)
    return apart;
  std::error_code ignored;
  if (fs::exists(*words.csv, ignored))
    return reject(RejectCode::kConfig, words.csv->string() + " is there already: name another file with --csv");
  return check_output("--csv", *words.csv);
}

Result<> attack(Words& words, JobSession& session) {
  if (auto checked = check_words(words); !checked) return checked;
  const auto key = load_key(words.key);
  if (!key) return tl::unexpected(key.error());
  const auto job = load_job(words.job);
  if (!job) return tl::unexpected(job.error());
  const auto model = load_model(job->named, words.model);
  if (!model) return tl::unexpected(model.error());
  std::cerr << "attacking with " << words.order.share << " of the training samples, seed " << words.order.seed << "\n";
  const auto begin = [&](const ownership::JobFinding& found) {
    session.clear();
    if (!found.found)
      std::cerr << "the watermark is not in this model before any attack (" << found.evidence.matches << " of "
                << found.evidence.trials << "; " << found.rule << "), so that no attack can succeed\n";
  };
  std::printf("%-26s %-7s %-7s %-11s %-12s %-9s\n", "attack", "before", "after", "matches", "p-value", "watermark");
  std::string table = kHeader;
  const auto done = [&](const AttackOutcome& outcome) -> Result<> {
    session.clear();
    std::fputs(table_row(outcome).c_str(), stdout);
    std::fflush(stdout);
    table += csv_row(outcome);
    if (!words.csv) return {};
    // Whole after each attack: what was measured outlives a crash.
    return daemon::write_durably(*words.csv, table, 0644);
  };
  return ownership::run_attacks(job->data(), **key, *model, words.order, session.watch(), {begin, done});
}

int list_attacks() {
  for (const ownership::AttackName& entry : ownership::attack_names())
    std::printf("%-26s %-14s %s\n", entry.name.c_str(), entry.group.c_str(), entry.about.c_str());
  return kExitDone;
}

}  // namespace

void add_attack(CLI::App& ownership, Action& action) {
  auto words = std::make_shared<Words>();
  ownership::AttackOrder& order = words->order;
  CLI::App* command = ownership.add_subcommand("attack", "Attack a copy of a marked model, and look for the watermark");
  auto* list = command->add_flag("--list", words->list, "Print the catalogue of attacks");
  auto* key = command->add_option("KEY", words->key, "The owner's key");
  auto* model = command->add_option("MODEL", words->model, "The marked model");
  command->add_option("--attack", words->attacks, "Names of the catalogue, with commas between them, or all")
      ->delimiter(',')
      ->default_str("all");
  command->add_option("--share", order.share, "Of the training samples that the attacker has")->capture_default_str();
  command->add_option("--effort", order.effort, "Scales the epochs of attacks that train")->capture_default_str();
  command->add_option("--seed", order.seed, "Of everything that the attacker draws")
      ->check(kWholeNumber)
      ->capture_default_str();
  command->add_flag("--black-box", order.black_box, "Look for the watermark by queries alone");
  command->add_option("--csv", words->csv, "Table with a row for each attack");
  words->job.add_to(*command, true);
  command->callback([=, &action] {
    if (list->count() == 0 && (key->count() == 0 || model->count() == 0)) throw CLI::RequiredError("KEY and MODEL");
    action = [words] {
      if (words->list) return list_attacks();
      JobSession session(words->job.threads);
      const auto done = attack(*words, session);
      session.clear();
      return done ? kExitDone : refused(done.error());
    };
  });
}

}  // namespace freezenet::lab
