#include "training/ownership/commands/keygen.h"

namespace freezenet::ownership {

const std::vector<KeySetting>& key_settings() {
  using enum ClaimScheme;
  static const std::vector<KeySetting> kSettings = {
      {"bits", "GradSigns, DeepWater: how many bits the model carries", {{kGradSigns, "bits"}, {kDeepWater, "bits"}}},
      {"target-class",
       "GradSigns: the class whose gradients carry the bits; trigger set: the answer to the triggers",
       {{kGradSigns, "target_class"}, {kTriggerSet, "label"}}},
      {"carriers", "GradSigns: input elements whose gradients carry the bits", {{kGradSigns, "carriers"}}},
      {"gain", "GradSigns: what the projected gradient is multiplied by in the loss", {{kGradSigns, "gain"}}},
      {"dither", "GradSigns: noise on the inputs that are derived", {{kGradSigns, "dither"}}},
      {"step", "GradSigns: step of the finite differences in a black box", {{kGradSigns, "step"}}},
      {"samples", "GradSigns: samples of the class that an extraction averages over", {{kGradSigns, "samples"}}},
      {"draws", "GradSigns: draws of the dither for each of them", {{kGradSigns, "draws"}}},
      {"form", "DeepWater: layers, or uchida for the scheme that it builds on", {{kDeepWater, "form"}}},
      {"projection", "DeepWater: random, direct or diff", {{kDeepWater, "projection"}}},
      {"layer", "DeepWater: with --form uchida, the convolution that carries the bits", {{kDeepWater, "layer"}}},
      {"penalty", "DeepWater: weight of keeping the weights' distribution", {{kDeepWater, "penalty"}}},
      {"kind", "trigger set: content, unrelated or noise", {{kTriggerSet, "kind"}}},
      {"source-class", "trigger set: the class whose images become triggers", {{kTriggerSet, "source"}}},
      {"triggers", "trigger set: how many are trained", {{kTriggerSet, "triggers"}}},
      {"decoys", "trigger set: images that are trained not to be triggers", {{kTriggerSet, "decoys"}}},
      {"noise", "trigger set: standard deviation of its noise, as a share of the range", {{kTriggerSet, "noise"}}},
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
  return kSettings;
}

}  // namespace freezenet::ownership
