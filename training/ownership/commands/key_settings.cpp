#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "training/ownership/commands/keygen.h"
#include "training/ownership/deepwater.h"
#include "training/ownership/gradsigns.h"
#include "training/ownership/null_embedding.h"
#include "training/ownership/trigger_set.h"

namespace freezenet::ownership {

namespace {

using Json = nlohmann::ordered_json;

/// Parameters that a key has where nothing is chosen, and where the network leaves them as they are.
Json defaults_of(ClaimScheme scheme) {
  const Shape any{1, 28, 28, 10};
  switch (scheme) {
    case ClaimScheme::kGradSigns: return GradSigns::make({}).value()->parameters();
    case ClaimScheme::kDeepWater: return DeepWater::make({}).value()->parameters();
    case ClaimScheme::kTriggerSet: {
      TriggerSetParameters parameters;
      parameters.shape = any;
      return TriggerSet::make(parameters).value()->parameters();
    }
    case ClaimScheme::kNullEmbedding: {
      NullEmbeddingParameters parameters;
      parameters.id = "owner";
      parameters.shape = any;
      return NullEmbedding::make(parameters).value()->parameters();
    }
  }
  return {};
}

/// "Default: 64", or of several schemes that differ "Default: gradsigns 1, deepwater 0.01".
std::string default_text(const KeySetting& setting, const std::map<ClaimScheme, Json>& defaults) {
  std::vector<std::string> values;
  for (const auto& [scheme, field] : setting.fields) {
    const Json& value = defaults.at(scheme).at(field);
    values.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  }
  if (std::ranges::all_of(values, [&](const std::string& value) { return value == values.front(); }))
    return "Default: " + values.front();
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i)
    out += (i == 0 ? "Default: " : ", ") + std::string(name(setting.fields[i].first)) + " " + values[i];
  return out;
}

std::vector<KeySetting> settings_with_defaults() {
  using enum ClaimScheme;
  std::vector<KeySetting> settings = {
      {"bits", "GradSigns, DeepWater: how many bits the model carries", {{kGradSigns, "bits"}, {kDeepWater, "bits"}}},
      {"target-class",
       "GradSigns: the class whose gradients carry the bits; trigger set: the answer to the triggers",
       {{kGradSigns, "target_class"}, {kTriggerSet, "label"}}},
      {"carriers",
       "GradSigns: input elements whose gradients carry the bits, at most as many as the network has",
       {{kGradSigns, "carriers"}}},
      {"gain", "GradSigns: what the projected gradient is multiplied by in the loss", {{kGradSigns, "gain"}}},
      {"dither", "GradSigns: noise on the inputs that are derived", {{kGradSigns, "dither"}}},
      {"step", "GradSigns: step of the finite differences in a black box", {{kGradSigns, "step"}}},
      {"samples", "GradSigns: samples of the class that an extraction averages over", {{kGradSigns, "samples"}}},
      {"draws", "GradSigns: draws of the dither for each of them", {{kGradSigns, "draws"}}},
      {"form",
       "DeepWater: signed-layers; layers, which is without a sign for each filter; uchida, the scheme that it builds "
       "on",
       {{kDeepWater, "form"}}},
      {"projection", "DeepWater: random, direct or diff", {{kDeepWater, "projection"}}},
      {"layer",
       "DeepWater: with --form uchida, the convolution that carries the bits",
       {{kDeepWater, "layer"}},
       "form",
       {"uchida"}},
      {"penalty",
       "DeepWater: weight of keeping the weights' distribution; not with --form uchida",
       {{kDeepWater, "penalty"}},
       "form",
       {"signed-layers", "layers"}},
      {"kind", "trigger set: content, unrelated or noise", {{kTriggerSet, "kind"}}},
      {"source-class",
       "trigger set: the class whose images become triggers; not with --kind unrelated",
       {{kTriggerSet, "source"}},
       "kind",
       {"content", "noise"}},
      {"triggers", "trigger set: how many are trained", {{kTriggerSet, "triggers"}}},
      {"decoys", "trigger set: images that are trained not to be triggers", {{kTriggerSet, "decoys"}}},
      {"noise",
       "trigger set: with --kind noise, its standard deviation as a share of the range",
       {{kTriggerSet, "noise"}},
       "kind",
       {"noise"}},
      {"chance", "trigger set: rate of matches that was seen in unmarked models", {{kTriggerSet, "chance"}}},
      {"side", "null embedding: pixels of the pattern's side", {{kNullEmbedding, "side"}}},
      {"lambda", "null embedding: how far the pattern's pixels are out of range", {{kNullEmbedding, "lambda"}}},
      {"threshold", "null embedding: share of right answers to exceed", {{kNullEmbedding, "threshold"}}},
      {"queries",
       "trigger set, null embedding: queries of a decision",
       {{kTriggerSet, "queries"}, {kNullEmbedding, "queries"}}},
      {"strength",
       "all but trigger set: weight of the watermark in the loss",
       {{kGradSigns, "strength"}, {kDeepWater, "strength"}, {kNullEmbedding, "strength"}}},
  };
  std::map<ClaimScheme, Json> defaults;
  for (const ClaimScheme scheme : {kGradSigns, kDeepWater, kTriggerSet, kNullEmbedding})
    defaults[scheme] = defaults_of(scheme);
  for (KeySetting& setting : settings) setting.about += ". " + default_text(setting, defaults);
  return settings;
}

}  // namespace

const std::vector<KeySetting>& key_settings() {
  static const std::vector<KeySetting> kSettings = settings_with_defaults();
  return kSettings;
}

}  // namespace freezenet::ownership
