#include <ctime>
#include <iostream>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

#include "consensus/base/hex.h"
#include "daemon/data_dir.h"
#include "daemon/lab/checks.h"
#include "daemon/lab/exit_status.h"
#include "daemon/lab/ownership/job_input.h"
#include "daemon/lab/ownership/key_input.h"
#include "daemon/lab/ownership/words.h"
#include "training/ownership/commands/keygen.h"

namespace freezenet::lab {

namespace {

namespace fs = std::filesystem;

struct Words {
  JobWords job;
  std::string scheme, seed;
  std::map<std::string, std::string> settings;  // by name, those that were given
  std::optional<std::string> id;
  std::optional<fs::path> owner_key, reference;
  std::optional<std::uint64_t> time;
  fs::path out;
};

Result<ownership::KeygenOrder> order_of(const Words& words, const NamedTask& named) {
  ownership::KeygenOrder order;
  const auto scheme = claim_scheme(words.scheme);
  if (!scheme)
    return reject(RejectCode::kConfig, "a scheme is one of gradsigns, deepwater, trigger-set and null-embedding");
  order.scheme = *scheme;
  order.words.assign(words.settings.begin(), words.settings.end());
  const bool signs = order.scheme == ClaimScheme::kNullEmbedding;
  if (signs && !words.seed.empty())
    return reject(RejectCode::kConfig, "a key of null-embedding has no --seed: it follows from the owner's signature");
  for (const auto& [given, option] :
       {std::pair(words.owner_key.has_value(), "--owner-key"), std::pair(words.id.has_value(), "--id"),
        std::pair(words.time.has_value(), "--time")}) {
    if (given && !signs) return reject(RejectCode::kConfig, std::string(option) + " is for null-embedding alone");
  }
  if (words.owner_key) {
    std::error_code ignored;
    if (!fs::exists(*words.owner_key, ignored))
      return reject(RejectCode::kConfig, "there is no owner's key " + words.owner_key->string());
    const auto secret = daemon::load_or_create_miner_key(*words.owner_key);
    if (!secret) return tl::unexpected(secret.error());
    order.owner = *secret;
  }
  order.id = words.id.value_or("owner");
  order.time = words.time.value_or(static_cast<std::uint64_t>(std::time(nullptr)));
  if (!words.seed.empty()) {
    if (words.seed.size() > 64) return reject(RejectCode::kConfig, "--seed takes 1 to 64 hexadecimal digits");
    const auto seed = hash_from_hex(std::string(64 - words.seed.size(), '0') + words.seed);
    if (!seed) return reject(RejectCode::kConfig, "--seed takes 1 to 64 hexadecimal digits");
    order.seed = *seed;
  } else if (const auto seed = random_seed()) {
    order.seed = *seed;
  } else {
    return tl::unexpected(seed.error());
  }
  if (words.reference) {
    auto model = load_model(named, *words.reference);
    if (!model) return tl::unexpected(model.error());
    order.reference = std::move(*model);
  }
  return order;
}

Result<std::shared_ptr<const ownership::Key>> generate(const Words& words) {
  if (auto fresh = check_new_key(words.out); !fresh) return tl::unexpected(fresh.error());
  const auto named = load_task(words.job.task);
  if (!named) return tl::unexpected(named.error());
  const auto order = order_of(words, *named);
  if (!order) return tl::unexpected(order.error());
  std::optional<JobInput> job;
  if (words.job.data || words.job.task == "digits") {
    auto loaded = load_job(words.job);
    if (!loaded) return tl::unexpected(loaded.error());
    job = std::move(*loaded);
  }
  auto key = ownership::generate_key(named->task, named->plan, job ? &job->dataset : nullptr, *order);
  if (!key) return key;
  // Where the data is at hand, a key that could not be embedded is none.
  if (job) {
    if (auto fits = ownership::check_key(job->data(), **key); !fits) return tl::unexpected(fits.error());
  }
  if (auto saved = save_key(words.out, **key); !saved) return tl::unexpected(saved.error());
  return key;
}

}  // namespace

void add_keygen(CLI::App& ownership, Action& action) {
  auto words = std::make_shared<Words>();
  CLI::App* command = ownership.add_subcommand("keygen", "Draw a key and write it to a file that only you can read");
  command->add_option("SCHEME", words->scheme, "gradsigns, deepwater, trigger-set or null-embedding")->required();
  command->add_option("--out", words->out, "Where the key is written; no file may be there")->required();
  command->add_option("--seed", words->seed, "1 to 64 hexadecimal digits. Default: the system's generator")
      ->check(kNotEmpty);
  for (const ownership::KeySetting& setting : ownership::key_settings())
    command->add_option_function<std::string>(
        "--" + std::string(setting.name),
        [words, name = setting.name](const std::string& text) { words->settings[name] = text; }, setting.about);
  command->add_option("--reference", words->reference,
                      "DeepWater: an unmarked model, whose distribution of weights is kept");
  command->add_option("--owner-key", words->owner_key,
                      "null embedding: file with the secret key that signs, such as a node's miner.key");
  command->add_option("--id", words->id, "null embedding: who signs, in the signature. Default: owner")
      ->check(kNotEmpty);
  command->add_option("--time", words->time, "null embedding: Unix time in the signature. Default: now")
      ->check(kWholeNumber);
  words->job.add_to(*command, true);
  command->callback([words, &action] {
    action = [words] {
      const JobSession session(words->job.threads);
      const auto key = generate(*words);
      if (!key) return refused(key.error());
      if (const std::string why = ownership::indecision(**key); !why.empty()) std::cerr << why << "\n";
      std::cout << ownership::key_summary(**key) << "key " << words->out.string() << "\n";
      return kExitDone;
    };
  });
}

}  // namespace freezenet::lab
