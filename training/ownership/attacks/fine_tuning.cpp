#include <algorithm>

#include "training/ownership/attacks/groups.h"
#include "training/ownership/attacks/means.h"

namespace freezenet::ownership {

namespace {

constexpr unsigned kTuneEpochs = 10;
constexpr unsigned kResetEpochs = 20;  // a new last layer begins with nothing
constexpr double kResetRate = 1e-3;

enum class Trains { kLast, kAll };

/// A last layer that the victim never had.
void reset_last_layer(Classifier& model, const AttackSetting& setting) {
  const torch::NoGradGuard guard;
  const auto fresh = model.fresh(seed_of(setting, "last layer"));
  const auto from = fresh->last_layer(), to = model.last_layer();
  for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
}

/// Training one layer moves the running statistics of all; the victim's come back, so that the rest stays his.
void restore_buffers(Classifier& model, const Classifier& victim) {
  const torch::NoGradGuard guard;
  const auto from = victim.buffers(), to = model.buffers();
  for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
}

Result<Attacked> train_on(const Classifier& victim, std::shared_ptr<Classifier> model, const AttackSetting& setting,
                          Trains trains, unsigned epochs, double rate) {
  FitParts parts;
  if (trains == Trains::kLast) parts.trained = model->last_layer();
  if (auto fitted = fit_own(*model, setting, epochs, rate, parts); !fitted) return tl::unexpected(fitted.error());
  if (trains == Trains::kLast) restore_buffers(*model, victim);
  Attacked out;
  out.measures = {{"relative change of the weights", moved(victim, *model)}};
  out.model = std::move(model);
  return out;
}

Attack tuning(std::string name, std::string about, Trains trains, double rate) {
  return {std::move(name), "fine-tuning", std::move(about),
          [trains, rate](const Classifier& victim, const AttackSetting& setting) {
            return train_on(victim, victim.copy(), setting, trains, kTuneEpochs, rate);
          }};
}

Attack resetting(std::string name, std::string about, Trains trains) {
  return {std::move(name), "fine-tuning", std::move(about),
          [trains](const Classifier& victim, const AttackSetting& setting) {
            const auto model = victim.copy();
            reset_last_layer(*model, setting);
            return train_on(victim, model, setting, trains, kResetEpochs, kResetRate);
          }};
}

/// Another task on the same images: half as many classes, each of two of the old ones that have nothing in common.
torch::Tensor other_task(std::int64_t classes) {
  return torch::arange(classes, torch::kInt64).remainder(std::max<std::int64_t>(2, (classes + 1) / 2));
}

Attack transfer(std::string name, std::string about, Trains trains) {
  return {std::move(name), "fine-tuning", std::move(about),
          [trains](const Classifier& victim, const AttackSetting& setting) -> Result<Attacked> {
            const torch::Tensor relabelled = other_task(victim.shape().classes);
            AttackSetting other = setting;
            other.data.labels = relabelled.index_select(0, setting.data.labels);
            const auto model = victim.copy();
            reset_last_layer(*model, setting);
            auto out = train_on(victim, model, other, trains, kResetEpochs, kResetRate);
            if (out) out->relabelled = relabelled;
            return out;
          }};
}

}  // namespace

std::vector<Attack> fine_tuning_attacks() {
  return {
      tuning("ftll-1e-4", "Fine-tunes the last layer at a rate of 1e-4.", Trains::kLast, 1e-4),
      tuning("ftll-1e-3", "Fine-tunes the last layer at a rate of 1e-3.", Trains::kLast, 1e-3),
      tuning("ftal-1e-4", "Fine-tunes all layers at a rate of 1e-4.", Trains::kAll, 1e-4),
      tuning("ftal-1e-3", "Fine-tunes all layers at a rate of 1e-3.", Trains::kAll, 1e-3),
      resetting("rtll", "Resets the last layer and trains it alone.", Trains::kLast),
      resetting("rtal", "Resets the last layer and trains all layers.", Trains::kAll),
      transfer("transfer-head",
               "Puts a new last layer for other classes on the feature layers, which stay as they are.", Trains::kLast),
      transfer("transfer-learning", "The same, and all layers are trained for the other classes.", Trains::kAll),
  };
}

}  // namespace freezenet::ownership
