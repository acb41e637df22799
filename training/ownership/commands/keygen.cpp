#include "training/ownership/commands/keygen.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"
#include "consensus/crypto/hash_drbg.h"
#include "consensus/crypto/sha256.h"
#include "training/ownership/commands/job_parts.h"
#include "training/ownership/deepwater.h"
#include "training/ownership/gradsigns.h"
#include "training/ownership/key_file.h"
#include "training/ownership/null_embedding.h"
#include "training/ownership/significance.h"
#include "training/ownership/trigger_set.h"

namespace freezenet::ownership {

namespace {

using Json = nlohmann::ordered_json;
using AnyKey = Result<std::shared_ptr<const Key>>;

tl::unexpected<Reject> wrong(const std::string& what) { return reject(RejectCode::kConfig, what); }

template <typename Made>
AnyKey any(Made made) {
  if (!made) return tl::unexpected(made.error());
  return std::shared_ptr<const Key>(std::move(*made));
}

Shape shape_of(const Task& task, const Plan& plan) { return TaskClassifier(task, plan, 0).shape(); }

/// Which bytes a pixel can be: those of the samples, or without them all.
std::array<bool, 256> bytes_of(const training::Dataset* dataset) {
  std::array<bool, 256> seen{};
  if (dataset == nullptr) seen.fill(true);
  for (std::uint32_t i = 0; dataset != nullptr && i < dataset->spec().train_count; ++i) {
    for (const std::uint8_t byte : dataset->train_pixels(i)) seen[byte] = true;
  }
  return seen;
}

ValueRange range_of(const Task& task, const training::Dataset* dataset) {
  const std::array<bool, 256> seen = bytes_of(dataset);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const InputTable& table : task.inputs) {
    for (std::size_t byte = 0; byte < seen.size(); ++byte) {
      if (!seen[byte]) continue;
      low = std::min(low, static_cast<double>(table[byte]));
      high = std::max(high, static_cast<double>(table[byte]));
    }
  }
  return {low, high};
}

/// A key of the scheme's defaults.
AnyKey plain_key(const Task& task, const Plan& plan, const training::Dataset* dataset, const KeygenOrder& order) {
  switch (order.scheme) {
    case ClaimScheme::kGradSigns: {
      GradSignsParameters parameters;
      parameters.seed = order.seed;
      const std::uint64_t inputs = plan.activations.front().size();
      parameters.carriers = static_cast<std::uint32_t>(std::min<std::uint64_t>(parameters.carriers, inputs));
      parameters.bits = std::min(parameters.bits, parameters.carriers);
      return any(GradSigns::make(parameters));
    }
    case ClaimScheme::kDeepWater: {
      DeepWaterParameters parameters;
      parameters.seed = order.seed;
      return any(DeepWater::make(parameters));
    }
    case ClaimScheme::kTriggerSet: {
      TriggerSetParameters parameters;
      parameters.seed = order.seed;
      parameters.shape = shape_of(task, plan);
      parameters.range = range_of(task, dataset);
      return any(TriggerSet::make(parameters));
    }
    case ClaimScheme::kNullEmbedding: break;
  }
  if (!order.owner) return wrong("null-embedding signs with its owner's key: name its file with --owner-key FILE");
  NullEmbeddingParameters parameters;
  parameters.id = order.id;
  parameters.time = order.time;
  parameters.shape = shape_of(task, plan);
  return any(NullEmbedding::sign(*order.owner, parameters));
}

template <typename T>
bool parse(const std::string& text, T& value) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

/// Puts what was typed in the place of a default, in the form that this has.
Result<> set_field(Json& field, const std::string& option, const std::string& text) {
  std::uint64_t count = 0;
  double decimal = 0;
  if (double number = 0; field.is_string() && parse(field.get<std::string>(), number)) {
    // A decimal, which a key keeps as text.
    if (!parse(text, number) || !std::isfinite(number)) return wrong("--" + option + " takes a number");
    field = text;
  } else if (field.is_string()) {
    field = text;
  } else if (field.is_number_float() && parse(text, decimal)) {
    field = decimal;
  } else if (field.is_number_integer() && parse(text, count)) {
    field = count;
  } else {
    return wrong("--" + option + " takes a whole number");
  }
  return {};
}

std::vector<KeySetting>::const_iterator setting_named(const std::string& option) {
  return std::ranges::find(key_settings(), option, [](const KeySetting& s) { return std::string(s.name); });
}

/// A setting that the chosen form or kind does not look at was meant to do something.
Result<> check_effect(const Json& parameters, const KeySetting& setting) {
  if (setting.with.empty()) return {};
  const std::string chooser = std::string("--") + setting.chooser + " ";
  const std::string chosen = parameters.at(setting.chooser).get<std::string>();
  if (std::ranges::find(setting.with, chosen) != setting.with.end()) return {};
  std::string with;
  for (const std::string_view value : setting.with) with += (with.empty() ? "" : " or ") + chooser + std::string(value);
  return wrong(std::string("--") + setting.name + " goes with " + with + ", and does nothing with " + chooser + chosen);
}

Result<> apply_words(Json& parameters, const KeygenOrder& order) {
  for (const auto& [option, text] : order.words) {
    const auto setting = setting_named(option);
    if (setting == key_settings().end()) return wrong("there is no setting --" + option);
    const auto field = std::ranges::find(setting->fields, order.scheme, [](const auto& f) { return f.first; });
    if (field == setting->fields.end())
      return wrong("a key of " + std::string(name(order.scheme)) + " has no --" + option);
    if (auto set = set_field(parameters[field->second], option, text); !set) return set;
  }
  return {};
}

/// Of the key as it was made: a form or kind that there is not has been refused before.
Result<> check_effects(const Json& parameters, const KeygenOrder& order) {
  for (const auto& [option, text] : order.words) {
    if (auto checked = check_effect(parameters, *setting_named(option)); !checked) return checked;
  }
  return {};
}

/// What a made key says against its parameters is about what somebody typed.
AnyKey as_setting(AnyKey key) {
  if (key || key.error().code != RejectCode::kBadEncoding) return key;
  return wrong(key.error().detail);
}

AnyKey generated(const Task& task, const Plan& plan, const training::Dataset* dataset, const KeygenOrder& order) {
  const auto plain = plain_key(task, plan, dataset, order);
  if (!plain) return plain;
  Json parameters = (*plain)->parameters();
  if (auto applied = apply_words(parameters, order); !applied) return tl::unexpected(applied.error());
  auto key = as_setting(key_from_parameters(order.scheme, parameters));
  if (!key) return key;
  if (auto checked = check_effects(parameters, order); !checked) return tl::unexpected(checked.error());
  if (!order.reference) return key;
  const auto* deepwater = dynamic_cast<const DeepWater*>(key->get());
  if (deepwater == nullptr) return wrong("--reference is for deepwater alone");
  if (deepwater->values().form == DeepWaterForm::kUchida) return wrong("--reference does nothing with --form uchida");
  TaskClassifier unmarked(task, plan, 0);
  unmarked.load(*order.reference);
  return any(deepwater->with_reference(unmarked));
}

Hash256 drawn(std::uint64_t seed, std::string_view what) {
  Writer out;
  out.integer(seed);
  return tagged_hash(what, out.data());
}

}  // namespace

AnyKey generate_key(const Task& task, const Plan& plan, const training::Dataset* dataset, const KeygenOrder& order) {
  return guarded([&] { return generated(task, plan, dataset, order); });
}

Result<> check_key(const JobData& data, const Key& key) {
  return guarded([&] { return key.check(*fresh_classifier(data, 0), train_of(data)); });
}

Result<> check_signed(const Key& key) {
  const auto* signed_key = dynamic_cast<const NullEmbedding*>(&key);
  return signed_key == nullptr ? Result<>() : signed_key->check_signature();
}

std::string indecision(const Key& key) {
  const Json parameters = key.parameters();
  if (!parameters.contains("bits")) return {};
  const auto bits = parameters["bits"].get<std::uint64_t>();
  if (matches_needed(bits, 0.5, kLog10Limit) <= bits) return {};
  char text[128];
  std::snprintf(
      text, sizeof text,
      "%llu bits cannot decide: all of them are right by chance with p = 10^%.1f, and a verdict wants p < 10^%.0f",
      static_cast<unsigned long long>(bits), static_cast<double>(bits) * std::log10(0.5), kLog10Limit);
  return text;
}

AnyKey rival_key(const Task& task, const Plan& plan, const Key& key, std::uint64_t seed) {
  Json parameters = key.parameters();
  if (key.scheme() != ClaimScheme::kNullEmbedding) {
    parameters["seed"] = to_hex(drawn(seed, "FreezeNet/lab-rival"));
    return key_from_parameters(key.scheme(), parameters);
  }
  const auto secret = SecretKey::from_bytes(drawn(seed, "FreezeNet/lab-rival").bytes);
  if (!secret) return wrong("the seed gives no key to attack with: take another one");
  NullEmbeddingParameters own;
  own.id = "attacker";
  own.shape = shape_of(task, plan);
  const auto signed_key = NullEmbedding::sign(*secret, own);
  if (!signed_key) return tl::unexpected(signed_key.error());
  const Json rival = (*signed_key)->parameters();
  for (const char* field : {"owner", "id", "time", "signature"}) parameters[field] = rival[field];
  return key_from_parameters(key.scheme(), parameters);
}

std::string key_summary(const Key& key) {
  std::string out = "scheme " + std::string(name(key.scheme())) + "\n";
  const Json parameters = key.parameters();
  for (const auto& [field, value] : parameters.items()) {
    if (field == "seed" || value.is_array()) continue;
    out += field + " " + (value.is_string() ? value.get<std::string>() : value.dump()) + "\n";
  }
  return out;
}

ClaimScheme scheme_of(const Key& key) { return key.scheme(); }

}  // namespace freezenet::ownership
