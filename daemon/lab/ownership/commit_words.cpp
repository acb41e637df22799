#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "consensus/base/hex.h"
#include "daemon/lab/claims_file.h"
#include "daemon/lab/exit_status.h"
#include "daemon/lab/ownership/job_input.h"
#include "daemon/lab/ownership/key_input.h"
#include "daemon/lab/ownership/words.h"
#include "training/model_file.h"
#include "training/ownership/commands/keygen.h"

namespace freezenet::lab {

namespace {

struct Words {
  JobWords job;
  std::filesystem::path key;
  std::string owner;
  std::optional<std::filesystem::path> model;
};

Result<> commit(const Words& words) {
  const auto owner = account_from_text(words.owner);
  if (!owner) return tl::unexpected(owner.error());
  const auto key = load_key(words.key);
  if (!key) return tl::unexpected(key.error());
  // A claim of such a key could never be opened.
  if (auto valid = ownership::check_signed(**key); !valid)
    return reject(RejectCode::kConfig, words.key.string() + ": " + valid.error().detail);
  std::string root = "ROOT";
  if (words.model) {
    const auto named = load_pinned_task(words.job.task);
    if (!named) return tl::unexpected(named.error());
    const auto model = load_model(*named, *words.model);
    if (!model) return tl::unexpected(model.error());
    root = to_hex(training::model_root(*model));
    std::cout << "model root " << root << "\n";
  }
  const std::string scheme(name(ownership::scheme_of(**key)));
  const std::string commitment = to_hex(ownership::commitment(**key, *owner));
  std::cout << "scheme " << scheme << "\ncommitment " << commitment << "\nclaim it with: freezenet-cli claimmodel "
            << root << " " << scheme << " " << commitment << "\n";
  return {};
}

}  // namespace

void add_commit(CLI::App& ownership, Action& action) {
  auto words = std::make_shared<Words>();
  CLI::App* command =
      ownership.add_subcommand("commit", "Print what a claim on the chain says of a key, without showing the key");
  command->add_option("KEY", words->key, "A key's file")->required();
  command->add_option("--owner", words->owner, "Who claims: an address, or 64 hexadecimal digits of its key")
      ->required();
  command->add_option("--model", words->model, "The model that is claimed, for its root");
  words->job.add_to(*command, false);
  command->callback([words, &action] {
    action = [words] {
      const auto committed = commit(*words);
      return committed ? kExitDone : refused(committed.error());
    };
  });
}

}  // namespace freezenet::lab
