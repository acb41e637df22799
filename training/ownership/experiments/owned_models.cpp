#include "training/ownership/experiments/owned_models.h"

#include <cstdio>

#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"
#include "training/flat_watermark.h"
#include "training/ownership/experiments/networks.h"

namespace freezenet::experiments {

OwnedModels::OwnedModels(const ExperimentOptions& options, const ExperimentData& data, ownership::Optimiser optimiser)
    : options_(options), data_(data), optimiser_(optimiser), shelf_(options.out / "models") {}

Setting OwnedModels::setting() const {
  return {options_.dataset, options_.network, data_.train.size(), options_.epochs};
}

ownership::FitOptions OwnedModels::fit_options(std::uint64_t seed) const {
  ownership::FitOptions out;
  out.epochs = options_.epochs;
  out.seed = seed;
  out.optimiser = optimiser_;
  if (optimiser_ == ownership::Optimiser::kSgd) {
    out.rate = .05;
    out.weight_decay = 5e-4;
  }
  return out;
}

std::string OwnedModels::shelf_name(const std::string& word, std::uint64_t seed) const {
  std::string name = word + (optimiser_ == ownership::Optimiser::kSgd ? "-sgd" : "-adam");
  for (const std::string& cell : setting().cells()) name += "-" + cell;
  return name + "-" + std::to_string(seed);
}

Result<OwnedModels::Model> OwnedModels::unmarked(std::uint64_t seed, WorkClock& clock) const {
  Model model = make_network(options_.network, data_.shape, seed);
  const std::string name = shelf_name("unmarked", seed);
  if (shelf_.load(name, *model)) return model;
  ownership::FitParts parts;
  parts.progress = fit_ticker(clock, "unmarked model");
  if (auto done = ownership::fit(*model, data_.train, fit_options(seed), parts); !done) {
    return tl::unexpected(done.error());
  }
  if (auto saved = shelf_.save(name, *model); !saved) return tl::unexpected(saved.error());
  return model;
}

Result<OwnedModels::Model> OwnedModels::marked(const std::string& word, Embedding embedding, const ownership::Key& key,
                                               const Model& clean, std::uint64_t seed, WorkClock& clock) const {
  Model model = make_network(options_.network, data_.shape, seed);
  // A model that was marked under another key, of an earlier version's, is another model.
  const std::string parameters = key.parameters().dump();
  const std::string name = shelf_name(word, seed) + "-" + to_hex(sha256(as_bytes(parameters.c_str()))).substr(0, 8);
  if (shelf_.load(name, *model)) return model;
  if (embedding == Embedding::kFineTuning) model->copy_state(*clean);
  if (auto checked = key.check(*model, data_.train); !checked) return tl::unexpected(checked.error());
  ownership::FitParts parts;
  parts.progress = fit_ticker(clock, "embedding");
  if (embedding == Embedding::kDistilling) parts.teacher = clean.get();
  if (auto done = ownership::embed(key, *model, data_.train, fit_options(seed), parts); !done) {
    return tl::unexpected(done.error());
  }
  if (auto saved = shelf_.save(name, *model); !saved) return tl::unexpected(saved.error());
  return model;
}

std::function<bool(const ownership::FitProgress&)> fit_ticker(WorkClock& clock, std::string what) {
  return [&clock, what = std::move(what)](const ownership::FitProgress& progress) {
    const double batches = static_cast<double>(progress.batch) / static_cast<double>(progress.batches);
    char text[64];
    std::snprintf(text, sizeof text, ", epoch %u/%u  loss %.4f", progress.epoch + 1, progress.epochs, progress.loss);
    return clock.tick((progress.epoch + batches) / progress.epochs, what + text);
  };
}

Hash256 experiment_key_seed(const std::string& scheme, std::uint64_t seed, const std::string& whose) {
  const std::string text = "FreezeNet experiment, " + scheme + " key of " + whose + ", seed " + std::to_string(seed);
  return training::flat_watermark_seed(as_bytes(text.c_str()));
}

}  // namespace freezenet::experiments
