#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "daemon/durable_file.h"
#include "daemon/lab/checks.h"
#include "daemon/lab/claim_verdict.h"
#include "daemon/lab/command_words.h"
#include "daemon/lab/exit_status.h"
#include "daemon/lab/misuse.h"
#include "daemon/lab/ownership/finding_report.h"
#include "daemon/lab/ownership/job_input.h"
#include "daemon/lab/ownership/key_input.h"
#include "daemon/lab/ownership/words.h"
#include "training/model_file.h"
#include "training/ownership/commands/extract_job.h"
#include "training/ownership/commands/keygen.h"

namespace freezenet::lab {

namespace {

namespace fs = std::filesystem;

struct Words {
  JobWords job;
  fs::path key;
  std::optional<fs::path> model;
  bool black_box = false, json = false;
  std::string command;
  std::vector<fs::path> claims;
  std::string owner;
  bool dates = false;  ///< whether the command can be asked since when
};

/// Of a finding that nothing dates: who has the model can draw keys until one fits it.
constexpr const char* kUndated =
    "no date: the p-value is that of a key chosen before the model was seen; --claims says since when it was\n";

Result<> check_words(const Words& words) {
  if (!words.command.empty() && !words.black_box) return wrong("--command is for --black-box");
  if (!words.command.empty() && command_words(words.command).empty())
    return wrong("--command has no program, or a quote that does not end");
  if (words.command.empty() && !words.model) return wrong("give a MODEL, or --black-box with a --command that answers");
  if (words.claims.empty() != words.owner.empty()) return wrong("--claims and --owner belong together");
  if (!words.claims.empty() && !words.model) return wrong("--claims need the MODEL, whose root they are about");
  return {};
}

/// The program that answers: the user's, or this one with the model, in a process of its own.
std::vector<std::string> command_of(const Words& words) {
  if (!words.black_box) return {};
  if (!words.command.empty()) return command_words(words.command);
  return {"/proc/self/exe", "ownership",
          "serve",          words.model->string(),
          "--task",         words.job.task.string(),
          "--threads",      std::to_string(words.job.threads)};
}

Result<std::vector<DatedClaim>> load_claims(const std::vector<fs::path>& files) {
  std::vector<DatedClaim> all;
  for (const fs::path& file : files) {
    const auto text = daemon::read_text_file(file, kMaxClaimsFile);
    if (!text) return tl::unexpected(text.error());
    const auto claims = read_claims(*text);
    if (!claims) return wrong(file.string() + ": " + claims.error().detail);
    all.insert(all.end(), claims->begin(), claims->end());
  }
  return all;
}

Result<std::optional<ClaimVerdict>> judged(const Words& words, const ownership::Key& key,
                                           const std::vector<float>& model) {
  if (words.claims.empty()) return std::optional<ClaimVerdict>();
  const auto owner = account_from_text(words.owner);
  if (!owner) return tl::unexpected(owner.error());
  auto claims = load_claims(words.claims);
  if (!claims) return tl::unexpected(claims.error());
  return judge_claims(std::move(*claims), *owner, ownership::scheme_of(key), ownership::commitment(key, *owner),
                      training::model_root(model));
}

void print(const Words& words, ClaimScheme scheme, const ownership::Extracted& found,
           const std::optional<ClaimVerdict>& claim) {
  if (!words.json) {
    std::cout << finding_text(scheme, found.accuracy, found.finding);
    if (claim) std::cout << claim_text(*claim);
    if (!claim && words.dates && found.finding.found) std::cout << kUndated;
    return;
  }
  nlohmann::ordered_json all = finding_json(scheme, found.accuracy, found.finding);
  if (words.dates) all["claim"] = claim ? claim_json(*claim) : nlohmann::ordered_json();
  std::cout << all.dump(2) << "\n";
}

/// Whether the watermark is there and, where claims were given, whether nobody claimed before.
Result<bool> look(const Words& words, JobSession& session) {
  if (auto checked = check_words(words); !checked) return tl::unexpected(checked.error());
  const auto key = load_key(words.key);
  if (!key) return tl::unexpected(key.error());
  const auto job = load_job(words.job);
  if (!job) return tl::unexpected(job.error());
  ownership::ExtractOrder order{{}, command_of(words)};
  if (words.model) {
    auto model = load_model(job->named, *words.model);
    if (!model) return tl::unexpected(model.error());
    order.model = std::move(*model);
  }
  const auto claim = judged(words, **key, order.model.value_or(std::vector<float>()));
  if (!claim) return tl::unexpected(claim.error());
  const auto found = ownership::run_extract(job->data(), **key, order, session.watch());
  session.clear();
  if (!found) return tl::unexpected(found.error());
  print(words, ownership::scheme_of(**key), *found, *claim);
  // What was measured is worth a look, and no answer.
  if (const std::string why = ownership::indecision(**key); !why.empty()) return wrong(why);
  return found->finding.found && (!*claim || (*claim)->first());
}

void add(CLI::App& ownership, Action& action, const char* name, const char* about, bool with_claims) {
  auto words = std::make_shared<Words>();
  words->dates = with_claims;
  CLI::App* command = ownership.add_subcommand(name, about);
  command->add_option("KEY", words->key, "A key's file")->required();
  command->add_option("MODEL", words->model, "The model that is looked at, or asked");
  command->add_flag("--black-box", words->black_box, "Ask a process that holds the model; no weight is looked at");
  command
      ->add_option("--command", words->command,
                   "With --black-box: the program that answers. Default: this one, with MODEL")
      ->check(kNotEmpty);
  command->add_flag("--json", words->json, "Print JSON");
  if (with_claims) {
    command->add_option(
        "--claims", words->claims,
        "Claims as 'freezenet-cli getclaim' prints them: is this key's the earliest? More than one file "
        "counts as one list");
    command->add_option("--owner", words->owner, "Whose key it is: an address, or 64 hexadecimal digits");
  }
  words->job.add_to(*command, true);
  command->callback([words, &action] {
    action = [words] {
      return answered([words] {
        JobSession session(words->job.threads);
        const auto found = look(*words, session);
        if (!found) return misused(found.error());
        return *found ? kExitDone : kExitFailed;
      });
    };
  });
}

}  // namespace

void add_extract(CLI::App& ownership, Action& action) {
  add(ownership, action, "extract", "Look for a key's watermark and print what is measured", false);
  add(ownership, action, "verify", "The same, and whose claim on the chain comes first", true);
}

}  // namespace freezenet::lab
