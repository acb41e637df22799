#include "training/ownership/seed_network.h"

#include <gtest/gtest.h>

#include "training/ownership/random.h"

namespace freezenet::ownership {
namespace {

std::int64_t trainable(const Classifier& model) {
  std::int64_t total = 0;
  for (const torch::Tensor& tensor : model.parameters()) total += tensor.numel();
  return total;
}

torch::Tensor images(const Shape& shape, std::int64_t n) {
  return torch::empty({n, shape.channels, shape.height, shape.width}).uniform_(-1, 1, generator_of(5));
}

TEST(SeedNetworkTest, HasTheSeedsNumberOfTrainableWeights) {
  EXPECT_EQ(trainable(SeedNetwork({3, 32, 32, 10}, 1)), 1'306'922);
}

TEST(SeedNetworkTest, TakesTheFirstBlocksForSmallerImages) {
  // 28 -> 14 -> 7 -> 3 and 8 -> 4 -> 2: convolutions with bias, batch norms, two dense layers.
  EXPECT_EQ(trainable(SeedNetwork({1, 28, 28, 10}, 1)), 286'560 - 576 + 448 + 896 + 128 * 9 * 128 + 128 + 256 + 1290);
  EXPECT_EQ(trainable(SeedNetwork({1, 8, 8, 10}, 1)), 65'376 - 576 + 192 + 384 + 64 * 4 * 128 + 128 + 256 + 1290);
  EXPECT_EQ(SeedNetwork({1, 28, 28, 10}, 1).kernels().size(), 6U);
  EXPECT_EQ(SeedNetwork({1, 8, 8, 10}, 1).kernels().size(), 4U);
  EXPECT_THROW(SeedNetwork({1, 3, 8, 10}, 1), c10::Error);
}

TEST(SeedNetworkTest, IsDrawnFromItsSeedAlone) {
  const Shape shape{1, 8, 8, 10};
  SeedNetwork first(shape, 7);
  torch::manual_seed(99);
  const auto again = first.fresh(7), other = first.fresh(8);
  const torch::Tensor x = images(shape, 4);
  EXPECT_TRUE(torch::equal(scores_of(first, x), scores_of(*again, x)));
  EXPECT_FALSE(torch::equal(scores_of(first, x), scores_of(*other, x)));
}

TEST(SeedNetworkTest, DropoutAndBatchStatisticsAreOfTrainingAlone) {
  const Shape shape{1, 8, 8, 10};
  SeedNetwork model(shape, 7);
  const torch::Tensor x = images(shape, 8);
  model.train();
  EXPECT_FALSE(torch::equal(model.forward(x), model.forward(x)));
  model.eval();
  const torch::Tensor all = model.forward(x);
  EXPECT_TRUE(torch::allclose(all.slice(0, 0, 1), model.forward(x.slice(0, 0, 1)), 1e-4, 1e-5));
}

TEST(SeedNetworkTest, NeuronsCanChangeTheirPlaces) {
  const Shape shape{1, 8, 8, 10};
  SeedNetwork model(shape, 7);
  const torch::Tensor x = images(shape, 16);
  model.train();
  model.forward(x);  // running statistics that differ from channel to channel
  const torch::Tensor before = scores_of(model, x);
  ASSERT_EQ(model.neuron_orders().size(), 5U);
  const torch::NoGradGuard guard;
  for (const NeuronOrder& order : model.neuron_orders()) {
    const torch::Tensor places = torch::randperm(order.out[0].size(0), generator_of(3), torch::kInt64);
    for (const torch::Tensor& out : order.out) out.detach().copy_(out.index_select(0, places));
    const torch::Tensor columns =
        (places.unsqueeze(1) * order.block + torch::arange(order.block, torch::kInt64)).flatten();
    order.next.detach().copy_(order.next.index_select(1, columns));
  }
  EXPECT_TRUE(torch::allclose(scores_of(model, x), before, 1e-3, 1e-5));
}

}  // namespace
}  // namespace freezenet::ownership
