#include "training/ownership/experiments/schemes.h"

#include <algorithm>

#include "consensus/crypto/schnorr.h"
#include "training/ownership/deepwater.h"
#include "training/ownership/gradsigns.h"
#include "training/ownership/null_embedding.h"
#include "training/ownership/trigger_set.h"
#include "training/ownership/trigger_trace.h"

namespace freezenet::experiments {

namespace {

using ownership::Classifier;
using ownership::Key;
using Made = Result<std::shared_ptr<const Key>>;

/// A key of any scheme as a key.
template <typename T>
Made as_key(const Result<std::shared_ptr<const T>>& made) {
  if (!made) return tl::unexpected(made.error());
  return std::shared_ptr<const Key>(*made);
}

Made gradsigns_key(const ExperimentData& data, const Hash256& seed, std::uint32_t bits, double step) {
  ownership::GradSignsParameters parameters;
  parameters.seed = seed;
  parameters.bits = bits;
  parameters.step = step;
  const std::int64_t inputs = data.shape.channels * data.shape.height * data.shape.width;
  parameters.carriers = static_cast<std::uint32_t>(std::min<std::int64_t>(parameters.carriers, inputs));
  return as_key(ownership::GradSigns::make(parameters));
}

SchemeSetup gradsigns(std::uint32_t bits) {
  SchemeSetup setup;
  setup.word = "gradsigns-" + std::to_string(bits);
  setup.has_black_box = true;
  if (bits < 64) setup.random_keys = 0;  // cannot pass: 16 bits reach no decision, and 32 want 30 of them by chance
  setup.make = [bits](const ExperimentData& data, const Classifier&, const Hash256& seed) {
    return gradsigns_key(data, seed, bits, 1e-2);
  };
  setup.make_fine = [bits](const ExperimentData& data, const Classifier&, const Hash256& seed) {
    return gradsigns_key(data, seed, bits, 1e-3);
  };
  return setup;
}

SchemeSetup deepwater(const char* word, ownership::DeepWaterForm form, Embedding embedding) {
  SchemeSetup setup;
  setup.word = word;
  setup.embedding = embedding;
  setup.make = [form](const ExperimentData&, const Classifier& unmarked, const Hash256& seed) -> Made {
    ownership::DeepWaterParameters parameters;
    parameters.seed = seed;
    parameters.form = form;
    if (form != ownership::DeepWaterForm::kUchida) parameters.layer = 0;
    const auto made = ownership::DeepWater::make(parameters);
    if (!made || form == ownership::DeepWaterForm::kUchida) return as_key(made);
    return as_key((*made)->with_reference(unmarked));
  };
  return setup;
}

SchemeSetup trigger(const char* word, ownership::TriggerKind kind) {
  SchemeSetup setup;
  setup.word = word;
  setup.by_queries = true;
  setup.make = [kind](const ExperimentData& data, const Classifier&, const Hash256& seed) {
    ownership::TriggerSetParameters parameters;
    parameters.seed = seed;
    parameters.kind = kind;
    parameters.shape = data.shape;
    parameters.range = {data.train.images.min().item<double>(), data.train.images.max().item<double>()};
    return as_key(ownership::TriggerSet::make(parameters));
  };
  setup.trace = [](const Classifier& model, const Key& key,
                   std::uint64_t seed) -> Result<std::vector<std::pair<std::string, double>>> {
    const auto seen = ownership::trace_of(model, dynamic_cast<const ownership::TriggerSet&>(key), seed);
    if (!seen) return tl::unexpected(seen.error());
    return {{{"correlation", seen->correlation}, {"rank", seen->rank}, {"score", seen->score}}};
  };
  return setup;
}

SchemeSetup null_embedding() {
  SchemeSetup setup;
  setup.word = "null-embedding";
  setup.by_queries = true;
  setup.random_keys = 300;
  setup.make = [](const ExperimentData& data, const Classifier&, const Hash256& seed) -> Made {
    return as_key(null_embedding_key(data, seed));
  };
  return setup;
}

}  // namespace

Result<std::shared_ptr<const ownership::NullEmbedding>> null_embedding_key(const ExperimentData& data,
                                                                           const Hash256& seed) {
  ownership::NullEmbeddingParameters parameters;
  parameters.id = "experiment";
  parameters.time = 1'700'000'000;
  parameters.shape = data.shape;
  const auto secret = SecretKey::from_bytes(ByteView(seed.bytes));
  if (!secret) return reject(RejectCode::kConfig, "a seed that is no secret key");  // once in 2^128
  return ownership::NullEmbedding::sign(*secret, parameters);
}

const std::vector<SchemeSetup>& scheme_setups() {
  using ownership::DeepWaterForm;
  using ownership::TriggerKind;
  static const std::vector<SchemeSetup> kSetups = {
      gradsigns(16),
      gradsigns(32),
      gradsigns(64),
      deepwater("uchida", DeepWaterForm::kUchida, Embedding::kTraining),
      deepwater("deepwater", DeepWaterForm::kSignedLayers, Embedding::kTraining),
      deepwater("deepwater-unsigned", DeepWaterForm::kLayers, Embedding::kTraining),
      deepwater("deepwater-fine-tuned", DeepWaterForm::kSignedLayers, Embedding::kFineTuning),
      deepwater("deepwater-distilled", DeepWaterForm::kSignedLayers, Embedding::kDistilling),
      trigger("trigger-content", TriggerKind::kContent),
      trigger("trigger-unrelated", TriggerKind::kUnrelated),
      trigger("trigger-noise", TriggerKind::kNoise),
      null_embedding()};
  return kSetups;
}

Result<std::vector<const SchemeSetup*>> chosen_schemes(const std::vector<std::string>& words) {
  std::vector<const SchemeSetup*> out;
  for (const SchemeSetup& setup : scheme_setups()) {
    if (words.empty() || std::ranges::find(words, setup.word) != words.end()) out.push_back(&setup);
  }
  for (const std::string& word : words) {
    if (!std::ranges::any_of(scheme_setups(), [&](const SchemeSetup& setup) { return setup.word == word; })) {
      std::string known;
      for (const SchemeSetup& setup : scheme_setups()) known += (known.empty() ? "" : ", ") + setup.word;
      return reject(RejectCode::kConfig, "no scheme " + word + ": " + known);
    }
  }
  return out;
}

}  // namespace freezenet::experiments
