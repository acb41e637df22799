#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "consensus/default_task.h"
#include "training/dataset/digits.h"
#include "training/ownership/attack.h"
#include "training/ownership/random.h"
#include "training/ownership/task_classifier.h"

namespace freezenet::ownership::attack_tests {

struct Digits {
  Task task = digits_task();
  Plan plan = plan_of(task).value();
  training::Dataset dataset = training::digits_dataset().value();
  Samples train = training_samples(task, plan, dataset);
  Samples evaluation = evaluation_samples(task, plan, dataset);
};

inline const Digits& digits() {
  static const Digits all;
  return all;
}

inline FitOptions short_fit(unsigned epochs) {
  FitOptions options;
  options.epochs = epochs;
  options.batch = 50;
  return options;
}

/// Uchida's watermark of the dense layer, as small as can be: bits are the signs of a projection of its mean neuron.
class SignKey final : public Key {
 public:
  static constexpr std::int64_t kBits = 64;

  explicit SignKey(std::uint64_t seed) {
    at::Generator generator = generator_of(seed);
    projection_ = torch::randn({512, kBits}, generator);
    bits_ = torch::randint(0, 2, {kBits}, generator).to(torch::kFloat32);
  }

  [[nodiscard]] ClaimScheme scheme() const override { return ClaimScheme::kDeepWater; }
  [[nodiscard]] nlohmann::ordered_json parameters() const override { return {}; }
  [[nodiscard]] Result<> check(const Classifier&, const Samples&) const override { return {}; }
  [[nodiscard]] std::unique_ptr<Regulariser> regulariser(const Classifier&, const Samples&) const override {
    return std::make_unique<Loss>(*this);
  }
  [[nodiscard]] Samples additions(const Samples&) const override { return {}; }
  [[nodiscard]] Result<Finding> extract(const Suspect& suspect, const Samples&) const override {
    if (suspect.model == nullptr) return reject(RejectCode::kConfig, "this scheme looks at weights");
    const torch::NoGradGuard guard;
    Finding out;
    const torch::Tensor right = (projected(*suspect.model) >= 0) == (bits_ > 0.5);
    out.evidence = {static_cast<std::uint64_t>(right.sum().item<std::int64_t>()), kBits, 0.5};
    out.found = out.evidence.log10_p() < kLog10Limit;
    return out;
  }

 private:
  class Loss final : public Regulariser {
   public:
    explicit Loss(const SignKey& key) : key_(key) {}
    torch::Tensor loss(Classifier& model, const torch::Tensor&, const torch::Tensor&) override {
      return torch::nn::functional::binary_cross_entropy_with_logits(key_.projected(model), key_.bits_);
    }

   private:
    const SignKey& key_;
  };

  [[nodiscard]] torch::Tensor projected(const Classifier& model) const {
    return model.weights()[2].tensor.mean(0).matmul(projection_);
  }

  torch::Tensor projection_, bits_;
};

inline const SignKey& owners_key() {
  static const SignKey key(11);
  return key;
}

/// A network that has learnt the digits and bears the owner's watermark. Trained once.
inline const TaskClassifier& victim() {
  static const std::shared_ptr<TaskClassifier> trained = [] {
    auto model = std::make_shared<TaskClassifier>(digits().task, digits().plan, 3);
    if (!embed(owners_key(), *model, digits().train, short_fit(25))) model.reset();
    return model;
  }();
  return *trained;
}

/// With batch norm and dropout: what has running statistics, and acts otherwise while it is trained.
class NormClassifier final : public Classifier {
 public:
  explicit NormClassifier(std::uint64_t seed) : Classifier({1, 8, 8, 10}) {
    torch::manual_seed(seed);
    conv_ = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 8, 3).padding(1)));
    norm_ = register_module("norm", torch::nn::BatchNorm2d(8));
    dense_ = register_module("dense", torch::nn::Linear(8 * 16, 10));
  }
  torch::Tensor forward(const torch::Tensor& images) override {
    const torch::Tensor planes = torch::max_pool2d(torch::relu(norm_(conv_(images))), 2);
    return dense_(torch::dropout(planes.flatten(1), 0.2, is_training()));
  }
  [[nodiscard]] std::shared_ptr<Classifier> fresh(std::uint64_t seed) const override {
    return std::make_shared<NormClassifier>(seed);
  }
  [[nodiscard]] std::vector<NeuronOrder> neuron_orders() const override { return {}; }

 private:
  torch::nn::Conv2d conv_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
  torch::nn::Linear dense_{nullptr};
};

inline AttackSetting setting(double effort = 1) {
  AttackSetting out;
  out.data = attackers_share(digits().train, 1.0 / 3, 5);
  out.seed = 1;
  out.effort = effort;
  return out;
}

inline Attacked attacked(const std::string& name, const AttackSetting& how, const Classifier& whom = victim()) {
  return find_attack(name).value()->run(whom, how).value();
}

inline std::vector<torch::Tensor> snapshot(const Classifier& model) {
  std::vector<torch::Tensor> out;
  for (const NamedTensor& item : model.state()) out.push_back(item.tensor.detach().clone());
  return out;
}

/// How many of the tensors differ.
inline int differing(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  int out = a.size() == b.size() ? 0 : 1000;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) out += torch::equal(a[i], b[i]) ? 0 : 1;
  return out;
}

inline double measure(const Attacked& result, const std::string& name) {
  for (const auto& [key, value] : result.measures) {
    if (key == name) return value;
  }
  ADD_FAILURE() << "no measure '" << name << "'";
  return NAN;
}

}  // namespace freezenet::ownership::attack_tests
