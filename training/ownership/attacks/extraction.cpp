#include "training/ownership/attacks/groups.h"
#include "training/ownership/attacks/means.h"

namespace freezenet::ownership {

namespace {

constexpr unsigned kEpochs = 30;  // from nothing
constexpr double kRate = 1e-3;
constexpr double kTemperature = 4;

/// Share of the attacker's images on which student and victim say the same.
double agreement(Classifier& student, Classifier& victim, const torch::Tensor& images) {
  const torch::Tensor same = scores_of(student, images).argmax(1) == scores_of(victim, images).argmax(1);
  return same.to(torch::kFloat64).mean().item<double>();
}

/// A fresh network that learns from the victim's answers to the attacker's images; his labels are not used.
Result<Attacked> extract_model(const Classifier& victim, const AttackSetting& setting, bool soft) {
  const auto teacher = victim.copy();
  Attacked out;
  out.model = victim.fresh(seed_of(setting, "student"));
  AttackSetting asked = setting;
  asked.data.labels = scores_of(*teacher, setting.data.images).argmax(1);
  FitParts parts;
  if (soft) {
    parts.teacher = teacher.get();
    parts.temperature = kTemperature;
  }
  if (auto fitted = fit_own(*out.model, asked, kEpochs, kRate, parts); !fitted) return tl::unexpected(fitted.error());
  teacher->eval();
  out.measures = {{"agreement with the victim", agreement(*out.model, *teacher, setting.data.images)}};
  return out;
}

}  // namespace

std::vector<Attack> extraction_attacks() {
  return {
      {"distillation", "extraction", "Trains a fresh network on the victim's softened scores (temperature 4).",
       [](const Classifier& victim, const AttackSetting& setting) { return extract_model(victim, setting, true); }},
      {"retraining", "extraction", "Trains a fresh network on the classes that the victim answers.",
       [](const Classifier& victim, const AttackSetting& setting) { return extract_model(victim, setting, false); }},
  };
}

}  // namespace freezenet::ownership
