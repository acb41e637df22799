#include "training/ownership/attacks/autoencoder.h"

#include <cmath>

#include "training/ownership/attacks/groups.h"
#include "training/ownership/random.h"

namespace freezenet::ownership {

namespace {

namespace functional = torch::nn::functional;

constexpr std::int64_t kWide = 32, kNarrow = 8;
constexpr std::int64_t kBatch = 50;
constexpr unsigned kEpochs = 60;  // the network is small, and so are its steps
constexpr double kRate = 3e-3;
constexpr double kNoise = 0.1;  // of the range

torch::nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t stride) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).stride(stride).padding(1));
}

torch::Tensor enlarged(const torch::Tensor& planes, at::IntArrayRef sizes) {
  return functional::interpolate(
      planes,
      functional::InterpolateFuncOptions().size(std::vector<std::int64_t>{sizes[2], sizes[3]}).mode(torch::kNearest));
}

double error(Autoencoder& model, const torch::Tensor& images) {
  return (reconstructed(model, images) - images).square().mean().sqrt().item<double>();
}

Result<Attacked> sanitise(const Classifier& victim, const AttackSetting& setting) {
  const PixelRange range = range_of(setting.data.images);
  const auto filter = std::make_shared<Autoencoder>(victim.shape().channels, range, seed_of(setting, "autoencoder"));
  if (auto trained = train(*filter, setting, kEpochs); !trained) return tl::unexpected(trained.error());
  Attacked out;
  out.model = victim.copy();
  out.model->eval();
  out.scores = [model = out.model, filter](const torch::Tensor& images) -> Result<torch::Tensor> {
    return scores_of(*model, reconstructed(*filter, images));
  };
  out.measures = {{"reconstruction error, of the pixels' range", error(*filter, setting.data.images) / range.width()}};
  return out;
}

}  // namespace

Autoencoder::Autoencoder(std::int64_t channels, const PixelRange& range, std::uint64_t seed) : range_(range) {
  torch::manual_seed(seed);
  first_ = register_module("first", convolution(channels, kWide, 2));
  second_ = register_module("second", convolution(kWide, kNarrow, 2));
  third_ = register_module("third", convolution(kNarrow, kWide, 1));
  fourth_ = register_module("fourth", convolution(kWide, channels, 1));
}

torch::Tensor Autoencoder::forward(const torch::Tensor& images) {
  const torch::Tensor half = torch::relu(first_(images.clamp(range_.low, range_.high)));
  const torch::Tensor code = torch::relu(second_(half));
  const torch::Tensor back = torch::relu(third_(enlarged(code, half.sizes())));
  return range_.low + range_.width() * torch::sigmoid(fourth_(enlarged(back, images.sizes())));
}

Result<> train(Autoencoder& model, const AttackSetting& setting, unsigned epochs) {
  at::Generator generator = generator_of(seed_of(setting, "autoencoder's order"));
  torch::optim::Adam adam(model.parameters(), torch::optim::AdamOptions(kRate));
  const torch::Tensor& images = setting.data.images;
  const PixelRange range = range_of(images);
  const std::int64_t batches = (images.size(0) + kBatch - 1) / kBatch;
  const unsigned rounds = epochs_of(setting, epochs);
  for (unsigned epoch = 0; epoch < rounds; ++epoch) {
    const torch::Tensor order = torch::randperm(images.size(0), generator, torch::kInt64);
    for (std::int64_t i = 0; i < batches; ++i) {
      const torch::Tensor batch = images.index_select(0, order.slice(0, i * kBatch, (i + 1) * kBatch));
      const torch::Tensor noise = torch::randn(batch.sizes(), generator) * (kNoise * range.width());
      adam.zero_grad();
      const torch::Tensor loss = functional::mse_loss(model.forward(batch + noise), batch);
      loss.backward();
      adam.step();
      const double value = loss.item<double>();
      if (!std::isfinite(value)) return reject(RejectCode::kVoidSegment, "training left the finite numbers");
      if (setting.progress && !setting.progress({epoch, rounds, i + 1, batches, value})) {
        return reject(RejectCode::kCancelled);
      }
    }
  }
  return {};
}

torch::Tensor reconstructed(Autoencoder& model, const torch::Tensor& images) {
  const torch::NoGradGuard guard;
  std::vector<torch::Tensor> parts;
  for (const torch::Tensor& part : images.split(500)) parts.push_back(model.forward(part));
  return torch::cat(parts);
}

std::vector<Attack> sanitising_attacks() {
  return {{"query-sanitising", "queries",
           "Sends every query through an autoencoder that has learnt to reconstruct honest images.", sanitise}};
}

}  // namespace freezenet::ownership
