#include "training/ownership/deepwater.h"

#include <algorithm>
#include <cmath>

#include "consensus/base/hex.h"
#include "training/ownership/parameter_fields.h"
#include "training/ownership/random.h"

namespace freezenet::ownership {

namespace {

constexpr unsigned kMaxBits = 4096;
constexpr unsigned kMaxLayers = 64;
constexpr double kMaxStrength = 1000;
/// Of a weight (docs/protocol.md section 5), hence of every statistic of weights.
constexpr double kLargest = 0x1p16;
/// Of X z in the loss, which is satisfied where |X z| is about 4 / kGain then, rather than at the first right sign:
/// what somebody else embeds later takes some of it away.
constexpr double kGain = 0.25;
constexpr double kSmallest = 1e-12;  ///< a deviation below is none to divide by
const std::vector<std::string_view> kForms = {"layers", "uchida", "signed-layers"};
const std::vector<std::string_view> kProjections = {"random", "direct", "diff"};

/// z: whatever the scale of the weights is, X z has a deviation of sqrt(M) over rows drawn from N(0, 1).
torch::Tensor standardised(const torch::Tensor& w) { return (w - w.mean()) / (w.std(false) + kSmallest); }

bool in_layers(DeepWaterForm form) { return form != DeepWaterForm::kUchida; }

/// Weights that a filter must have so that each row of the matrix has places of its own.
std::uint64_t weights_needed(const DeepWaterParameters& p) {
  if (in_layers(p.form)) return 4ULL * p.bits;
  return p.projection == Projection::kDiff ? 2ULL * p.bits : p.bits;
}

std::string fault_of(const DeepWaterParameters& p) {
  if (p.bits < 1 || p.bits > kMaxBits) return "bits must be 1 to " + std::to_string(kMaxBits);
  if (p.layer >= kMaxLayers) return "layer must be below " + std::to_string(kMaxLayers);
  if (!(p.strength > 0 && p.strength <= kMaxStrength)) return "strength must be above 0 and at most 1000";
  if (!(p.penalty >= 0 && p.penalty <= kMaxStrength)) return "penalty must be 0 to 1000";
  const std::size_t layers = p.means.size();
  if (layers > kMaxLayers || p.deviations.size() != layers || p.averaged_deviations.size() != layers)
    return "the reference must have a mean and two deviations for each layer, 64 at most";
  const auto positive = [](double d) { return d >= kSmallest && d <= kLargest; };
  if (!std::ranges::all_of(p.deviations, positive) || !std::ranges::all_of(p.averaged_deviations, positive) ||
      !std::ranges::all_of(p.means, [](double m) { return std::abs(m) <= kLargest; }))
    return "the reference must hold finite means, and deviations above 0";
  return {};
}

struct Spread {
  double mean, deviation, averaged;
};

Spread spread_of(const torch::Tensor& kernel, const torch::Tensor& signs) {
  const torch::NoGradGuard guard;
  const auto at_least = [](double d) { return std::max(d, kSmallest); };
  return {kernel.mean().item<double>(), at_least(kernel.std(false).item<double>()),
          at_least(averaged_kernel(kernel, signs).std(false).item<double>())};
}

/// One convolution under embedding.
struct Carrier {
  std::size_t index;  ///< into Classifier::kernels()
  torch::Tensor rows, signs;
  Spread reference;
};

class DeepWaterLoss final : public Regulariser {
 public:
  DeepWaterLoss(const DeepWaterParameters& p, torch::Tensor bits, std::vector<Carrier> carriers)
      : standard_(in_layers(p.form)),
        strength_(p.strength),
        penalty_(standard_ ? p.penalty : 0),
        bits_(std::move(bits)),
        carriers_(std::move(carriers)) {}

  torch::Tensor loss(Classifier& model, const torch::Tensor&, const torch::Tensor&) override {
    const auto kernels = model.kernels();
    torch::Tensor sum = torch::zeros({});
    for (const Carrier& carrier : carriers_) {
      const torch::Tensor& kernel = kernels[carrier.index].tensor;
      const torch::Tensor w = averaged_kernel(kernel, carrier.signs);
      const torch::Tensor read = torch::mv(carrier.rows, standard_ ? kGain * standardised(w) : w);
      sum = sum + strength_ * torch::binary_cross_entropy_with_logits(read, bits_);
      if (penalty_ > 0) sum = sum + penalty_ * departure(kernel, w, carrier.reference);
    }
    return sum;
  }

 private:
  /// Squares of what the mean moved by, in deviations, and of the logarithms of the factors that the deviations
  /// changed by: 0 at the reference, about .04 where one is 20% away.
  static torch::Tensor departure(const torch::Tensor& kernel, const torch::Tensor& w, const Spread& from) {
    const torch::Tensor mean = (kernel.mean() - from.mean) / from.averaged;
    const torch::Tensor all = torch::log((kernel.std(false) + kSmallest) / from.deviation);
    const torch::Tensor averaged = torch::log((w.std(false) + kSmallest) / from.averaged);
    return mean * mean + all * all + averaged * averaged;
  }

  bool standard_;
  double strength_, penalty_;
  torch::Tensor bits_;
  std::vector<Carrier> carriers_;
};

}  // namespace

torch::Tensor averaged_kernel(const torch::Tensor& kernel, const torch::Tensor& signs) {
  return torch::mv(kernel.flatten(1).t(), signs) / static_cast<double>(kernel.size(0));
}

Result<std::shared_ptr<const DeepWater>> DeepWater::make(DeepWaterParameters parameters) {
  const std::string fault = fault_of(parameters);
  if (!fault.empty()) return reject(RejectCode::kConfig, "DeepWater: " + fault);
  return std::shared_ptr<const DeepWater>(new DeepWater(std::move(parameters)));
}

Result<std::shared_ptr<const DeepWater>> DeepWater::from_parameters(const nlohmann::json& json) {
  ParameterFields fields(json);
  DeepWaterParameters p;
  p.seed = fields.seed("seed");
  p.bits = static_cast<unsigned>(fields.count("bits", 1, kMaxBits));
  p.projection = static_cast<Projection>(fields.word("projection", kProjections));
  p.form = static_cast<DeepWaterForm>(fields.word("form", kForms));
  p.layer = static_cast<unsigned>(fields.count("layer", 0, kMaxLayers - 1));
  p.strength = fields.decimal("strength", 0, kMaxStrength);
  p.penalty = fields.decimal("penalty", 0, kMaxStrength);
  p.means = fields.decimals("means", -kLargest, kLargest, kMaxLayers);
  p.deviations = fields.decimals("deviations", kSmallest, kLargest, kMaxLayers);
  p.averaged_deviations = fields.decimals("averaged_deviations", kSmallest, kLargest, kMaxLayers);
  if (auto done = fields.finish(); !done) return tl::unexpected(done.error());
  const std::string fault = fault_of(p);
  if (!fault.empty()) return reject(RejectCode::kBadEncoding, "the key's " + fault);
  return make(std::move(p));
}

nlohmann::ordered_json DeepWater::parameters() const {
  const DeepWaterParameters& p = parameters_;
  return {{"seed", to_hex(ByteView(p.seed.bytes))},
          {"bits", p.bits},
          {"projection", kProjections[static_cast<std::size_t>(p.projection)]},
          {"form", kForms[static_cast<std::size_t>(p.form)]},
          {"layer", p.layer},
          {"strength", decimal_text(p.strength)},
          {"penalty", decimal_text(p.penalty)},
          {"means", decimal_texts(p.means)},
          {"deviations", decimal_texts(p.deviations)},
          {"averaged_deviations", decimal_texts(p.averaged_deviations)}};
}

torch::Tensor DeepWater::bits() const {
  Stream stream(parameters_.seed, "FreezeNet/deepwater-bits", 0);
  return bit_tensor(stream, parameters_.bits);
}

torch::Tensor DeepWater::projection(std::uint32_t layer, std::int64_t size) const {
  Stream stream(parameters_.seed, "FreezeNet/deepwater-rows", layer);
  const std::int64_t rows = parameters_.bits;
  if (parameters_.projection == Projection::kRandom) return normal_tensor(stream, {rows, size});
  // No place is in two rows: bits that contradict each other could not be embedded.
  const std::int64_t each = parameters_.projection == Projection::kDiff ? 2 : 1;
  const torch::Tensor places = chosen_tensor(stream, size, each * rows);
  torch::Tensor out = torch::zeros({rows, size});
  out.scatter_(1, places.slice(0, 0, rows).unsqueeze(1), 1.0);
  if (each == 2) out.scatter_(1, places.slice(0, rows).unsqueeze(1), -1.0);
  return out;
}

torch::Tensor DeepWater::signs(std::uint32_t layer, std::int64_t filters) const {
  if (parameters_.form != DeepWaterForm::kSignedLayers) return torch::ones({filters});
  Stream stream(parameters_.seed, "FreezeNet/deepwater-signs", layer);
  return bit_tensor(stream, filters) * 2 - 1;
}

Result<std::vector<std::size_t>> DeepWater::carriers(const Classifier& model) const {
  const auto kernels = model.kernels();
  const auto needed = weights_needed(parameters_);
  std::vector<std::size_t> out;
  std::uint64_t largest = 0;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    if (parameters_.form == DeepWaterForm::kUchida && i != parameters_.layer) continue;
    const auto size = static_cast<std::uint64_t>(kernels[i].tensor[0].numel());
    largest = std::max(largest, size);
    if (size >= needed) out.push_back(i);
  }
  if (largest == 0) {
    return reject(
        RejectCode::kConfig,
        "DeepWater: the network has " + std::to_string(kernels.size()) + " convolutions, and the key wants " +
            (parameters_.form == DeepWaterForm::kUchida ? "the one with index " + std::to_string(parameters_.layer)
                                                        : std::string("at least one")));
  }
  if (out.empty()) {
    return reject(RejectCode::kConfig, "DeepWater: " + std::to_string(parameters_.bits) +
                                           " bits need a convolution of at least " + std::to_string(needed) +
                                           " weights a filter, and the largest that may carry them has " +
                                           std::to_string(largest));
  }
  return out;
}

Result<> DeepWater::check(const Classifier& model, const Samples&) const {
  const auto found = carriers(model);
  if (!found) return tl::unexpected(found.error());
  const std::size_t reference = parameters_.means.size();
  if (reference != 0 && in_layers(parameters_.form) && reference != found->size()) {
    return reject(RejectCode::kConfig, "DeepWater: the key's reference is of " + std::to_string(reference) +
                                           " layers, and " + std::to_string(found->size()) +
                                           " of this network carry bits");
  }
  return {};
}

std::unique_ptr<Regulariser> DeepWater::regulariser(const Classifier& model, const Samples&) const {
  const auto kernels = model.kernels();
  const auto found = carriers(model).value();
  std::vector<Carrier> out;
  for (const std::size_t index : found) {
    const torch::Tensor& kernel = kernels[index].tensor;
    const std::size_t i = out.size();
    const auto layer = static_cast<std::uint32_t>(index);
    const torch::Tensor own = signs(layer, kernel.size(0));
    const Spread reference = parameters_.means.empty() ? spread_of(kernel, own)
                                                       : Spread{parameters_.means[i], parameters_.deviations[i],
                                                                parameters_.averaged_deviations[i]};
    out.push_back({index, projection(layer, kernel[0].numel()), own, reference});
  }
  return std::make_unique<DeepWaterLoss>(parameters_, bits(), std::move(out));
}

Result<std::shared_ptr<const DeepWater>> DeepWater::with_reference(const Classifier& unmarked) const {
  const auto found = carriers(unmarked);
  if (!found) return tl::unexpected(found.error());
  DeepWaterParameters p = parameters_;
  p.means.clear(), p.deviations.clear(), p.averaged_deviations.clear();
  const auto kernels = unmarked.kernels();
  for (const std::size_t index : *found) {
    const torch::Tensor& kernel = kernels[index].tensor;
    const Spread spread = spread_of(kernel, signs(static_cast<std::uint32_t>(index), kernel.size(0)));
    p.means.push_back(spread.mean);
    p.deviations.push_back(spread.deviation);
    p.averaged_deviations.push_back(spread.averaged);
  }
  return make(std::move(p));
}

Result<Finding> DeepWater::extract(const Suspect& suspect, const Samples&) const {
  if (suspect.model == nullptr)
    return reject(RejectCode::kConfig, "DeepWater is read from the weights: queries alone do not do");
  const auto found = carriers(*suspect.model);
  if (!found) return tl::unexpected(found.error());
  const torch::NoGradGuard guard;
  const auto kernels = suspect.model->kernels();
  const torch::Tensor expected = bits() > 0.5;
  torch::Tensor votes = torch::zeros({parameters_.bits}), sums = torch::zeros({parameters_.bits});
  Finding finding;
  for (const std::size_t index : *found) {
    const torch::Tensor& kernel = kernels[index].tensor;
    const auto layer = static_cast<std::uint32_t>(index);
    const torch::Tensor own = signs(layer, kernel.size(0)), w = averaged_kernel(kernel, own);
    const torch::Tensor read =
        torch::mv(projection(layer, w.numel()), in_layers(parameters_.form) ? standardised(w) : w);
    votes += torch::where(read >= 0, torch::ones({}), -torch::ones({}));
    sums += read / std::sqrt(static_cast<double>(w.numel()));
    const auto wrong = ((read >= 0) != expected).to(torch::kFloat64).mean().item<double>();
    const Spread spread = spread_of(kernel, own);
    finding.measures.emplace_back("bit error rate of " + kernels[index].name, wrong);
    finding.measures.emplace_back("deviation of " + kernels[index].name, spread.deviation);
    finding.measures.emplace_back("averaged deviation of " + kernels[index].name, spread.averaged);
  }
  // Where as many layers say 0 as say 1, the sum of what they read decides.
  const torch::Tensor extracted = torch::where(votes == 0, sums, votes) >= 0;
  finding.evidence.trials = parameters_.bits;
  finding.evidence.matches = static_cast<std::uint64_t>((extracted == expected).sum().item<std::int64_t>());
  finding.evidence.chance = 0.5;
  finding.found = finding.evidence.log10_p() < kLog10Limit;
  const auto needed = matches_needed(parameters_.bits, 0.5, kLog10Limit);
  finding.rule = needed > parameters_.bits
                     ? std::to_string(parameters_.bits) + " bits cannot decide"
                     : "at least " + std::to_string(needed) + " of " + std::to_string(parameters_.bits) + " bits";
  finding.measures.insert(finding.measures.begin(), {"bit error rate", 1 - finding.evidence.rate()});
  return finding;
}

}  // namespace freezenet::ownership
