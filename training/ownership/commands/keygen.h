#pragma once

#include <memory>
#include <optional>
#include <span>

#include "consensus/crypto/schnorr.h"
#include "consensus/transaction.h"
#include "training/ownership/commands/job.h"

namespace freezenet::ownership {

/// A parameter of a scheme that whoever makes a key may choose; the others follow from the task, or from the seed.
struct KeySetting {
  const char* name;                                         ///< of the option, "target-class"
  std::string about;                                        ///< for --help, with the default
  std::vector<std::pair<ClaimScheme, const char*>> fields;  ///< what it is called in a key of each scheme that has it
  const char* chooser = "";                 ///< the setting without one of whose values `with` it would do nothing
  std::vector<std::string_view> with = {};  ///< empty: it always does something
};
/// In the order in which --help has them.
const std::vector<KeySetting>& key_settings();

struct KeygenOrder {
  ClaimScheme scheme = ClaimScheme::kGradSigns;
  Hash256 seed;                                            ///< unused by null embedding
  std::vector<std::pair<std::string, std::string>> words;  ///< settings by name, as they were typed
  std::optional<SecretKey> owner;                          ///< null embedding: who signs
  std::string id;                                          ///< null embedding: who that is
  std::uint64_t time = 0;                                  ///< null embedding: Unix seconds
  std::optional<std::vector<float>> reference;             ///< DeepWater: an unmarked model, whose distribution is kept
};

/// kConfig names the setting that is unknown to the scheme or out of its range. `dataset` may be null; with it the
/// range of a trigger set's pixels is that of the training split, without it that of the task's input tables.
Result<std::shared_ptr<const Key>> generate_key(const Task& task, const Plan& plan, const training::Dataset* dataset,
                                                const KeygenOrder& order);
/// Whether the key can be embedded in the task's network with this data: kConfig says why not.
Result<> check_key(const JobData& data, const Key& key);
/// What a key can be told of without a model, beyond the form that reading checks: kBadSignature where a null
/// embedding's is not its owner's, which no model can be marked with.
Result<> check_signed(const Key& key);
/// "16 bits cannot decide ..." of a key whose watermark no verdict can find, however well it is embedded; else nothing.
std::string indecision(const Key& key);
/// A key of the same scheme and size for somebody else, drawn from `seed`: what an attacker overwrites with.
Result<std::shared_ptr<const Key>> rival_key(const Task& task, const Plan& plan, const Key& key, std::uint64_t seed);

/// "gradsigns" and the parameters, a line each, none that is secret: what a person may look at.
std::string key_summary(const Key& key);
ClaimScheme scheme_of(const Key& key);

}  // namespace freezenet::ownership
