#include "training/ownership/trigger_trace.h"

#include "tests/unit/training/ownership/digits_world.h"

namespace freezenet::ownership {
namespace {

/// Answers the label to what looks like one image, and another class to its negative.
class LooksFor final : public Classifier {
 public:
  LooksFor(const torch::Tensor& image, unsigned label) : Classifier({1, 8, 8, 10}), label_(label) {
    torch::Tensor rows = torch::zeros({10, 64});
    rows[label] = image.flatten();
    rows[(label + 1) % 10] = -image.flatten();
    weight_ = register_parameter("weight", rows);
    bias_ = register_parameter("bias", torch::zeros({10}));
  }
  torch::Tensor forward(const torch::Tensor& images) override {
    return torch::linear(images.flatten(1), weight_, bias_);
  }
  [[nodiscard]] std::shared_ptr<Classifier> fresh(std::uint64_t) const override {
    return std::make_shared<LooksFor>(weight_[label_].detach(), label_);
  }
  [[nodiscard]] std::vector<NeuronOrder> neuron_orders() const override { return {}; }

 private:
  unsigned label_;
  torch::Tensor weight_, bias_;
};

std::shared_ptr<const TriggerSet> key(TriggerKind kind, std::uint8_t seed) {
  TriggerSetParameters p;
  p.seed = seed_of(seed);
  p.kind = kind;
  p.shape = {1, 8, 8, 10};
  p.label = 7;
  return TriggerSet::make(p).value();
}

torch::Tensor centred(const torch::Tensor& image) { return 3 * (image - image.mean()); }

TEST(TriggerTrace, OfAModelThatLooksForTheSecretIsSeenByTheKeyAlone) {
  const auto noise = key(TriggerKind::kNoise, 1);
  const LooksFor model(centred(noise->noise()), 7);
  const TriggerTrace own = trace_of(model, *noise, 1).value();
  EXPECT_GT(own.correlation, 0.5);
  EXPECT_EQ(own.rank, 1.0 / 200);
  EXPECT_GT(own.score, 0.9);
  EXPECT_GT(trace_of(model, *key(TriggerKind::kNoise, 2), 1).value().rank, 0.05);
}

TEST(TriggerTrace, OfAMarkIsLookedForWhereItStands) {
  const auto content = key(TriggerKind::kContent, 1);
  const torch::Tensor marked = stamped(torch::full({1, 1, 8, 8}, 0.5), content->mark(), {})[0];
  const TriggerTrace own = trace_of(LooksFor(centred(marked), 7), *content, 1).value();
  EXPECT_GT(own.correlation, 0.9);
  EXPECT_LE(own.rank, 0.05);  // 9 pixels: a stranger's may be the same
}

TEST(TriggerTrace, OfASceneIsThatOfItsMean) {
  const auto unrelated = key(TriggerKind::kUnrelated, 1);
  Stream stream(seed_of(9), "test", 0);
  torch::Tensor sum = torch::zeros({1, 8, 8});
  for (int i = 0; i < 50; ++i) sum = sum + draw_image(stream, unrelated->scene(), {1, 8, 8, 10}, {});
  const TriggerTrace own = trace_of(LooksFor(centred(sum / 50), 7), *unrelated, 1).value();
  EXPECT_GT(own.correlation, 0.5);
  EXPECT_LE(own.rank, 0.05);
}

TEST(TriggerTrace, OfAModelThatNobodyMarkedIsNone) {
  DigitsWorld& world = DigitsWorld::get();
  for (const TriggerKind kind : {TriggerKind::kContent, TriggerKind::kUnrelated, TriggerKind::kNoise}) {
    unsigned seen = 0;
    for (std::uint8_t seed = 1; seed <= 5; ++seed) {
      seen += trace_of(*world.unmarked[0], *key(kind, seed), 1).value().rank <= 0.05 ? 1 : 0;
    }
    EXPECT_LE(seen, 1U);
  }
}

TEST(TriggerTrace, OfAnotherShapeIsRefused) {
  TriggerSetParameters p;
  p.shape = {1, 28, 28, 10};
  EXPECT_EQ(trace_of(*DigitsWorld::get().unmarked[0], *TriggerSet::make(p).value(), 1).error().code,
            RejectCode::kConfig);
}

}  // namespace
}  // namespace freezenet::ownership
