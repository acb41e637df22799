#include "training/ownership/trigger_set.h"

#include <algorithm>
#include <cmath>

#include "consensus/base/hex.h"
#include "training/ownership/parameter_fields.h"
#include "training/ownership/queries.h"
#include "training/ownership/random.h"
#include "training/ownership/shape_fields.h"

namespace freezenet::ownership {

namespace {

constexpr unsigned kMaxImages = 10'000;
constexpr std::uint64_t kMaxValues = 1ULL << 28;  ///< of pixels in all that a stranger's key may have us draw
constexpr double kLargestValue = 1e6;
const std::vector<std::string_view> kKinds = {"content", "unrelated", "noise"};

/// Of the queries that must match, whatever the test says: it takes them for independent, and all carry one mark. A
/// stranger's mark that is a little like one that the model knows has half of them, and more on small images.
constexpr double kLeastRate = 0.75;

constexpr const char* kTrained = "FreezeNet/trigger-images";
constexpr const char* kTrainedDecoys = "FreezeNet/trigger-decoys";
constexpr const char* kQueried = "FreezeNet/trigger-queries";
constexpr const char* kControls = "FreezeNet/trigger-controls";

std::string fault_of(const TriggerSetParameters& p) {
  if (const std::string shape = fault_of_shape(p.shape); !shape.empty()) return shape;
  const auto finite = [](double v) { return std::abs(v) <= kLargestValue; };
  if (!finite(p.range.low) || !finite(p.range.high) || !(p.range.low < p.range.high))
    return "low must be below high, and both within 1e6";
  if (p.source >= p.shape.classes) return "source must be one of the classes";
  if (p.label >= p.shape.classes) return "label must be one of the classes";
  if (p.kind != TriggerKind::kUnrelated && p.label == p.source) return "label must not be the source";
  if (p.triggers < 1 || p.triggers > kMaxImages) return "triggers must be 1 to 10000";
  if (p.decoys > kMaxImages) return "decoys must be at most 10000";
  if (p.queries < 1 || p.queries > kMaxImages) return "queries must be 1 to 10000";
  const auto pixels = static_cast<std::uint64_t>(p.shape.channels * p.shape.height * p.shape.width);
  if ((std::uint64_t{p.triggers} + p.decoys + p.queries) * pixels > kMaxValues)
    return "triggers, decoys and queries must have at most 268435456 pixels in all";
  if (!(p.noise > 0 && p.noise <= 10)) return "noise must be above 0 and at most 10";
  if (!(p.chance >= 0 && p.chance < 1)) return "chance must be 0 or more and below 1";
  return {};
}

torch::Tensor alike(std::int64_t n, std::int64_t label) { return torch::full({n}, label, torch::kInt64); }

}  // namespace

Result<std::shared_ptr<const TriggerSet>> TriggerSet::make(TriggerSetParameters parameters) {
  const std::string fault = fault_of(parameters);
  if (!fault.empty()) return reject(RejectCode::kConfig, "trigger set: " + fault);
  return std::shared_ptr<const TriggerSet>(new TriggerSet(std::move(parameters)));
}

Result<std::shared_ptr<const TriggerSet>> TriggerSet::from_parameters(const nlohmann::json& json) {
  ParameterFields fields(json);
  TriggerSetParameters p;
  p.seed = fields.seed("seed");
  p.kind = static_cast<TriggerKind>(fields.word("kind", kKinds));
  p.shape = shape_field(fields);
  p.range.low = fields.decimal("low", -kLargestValue, kLargestValue);
  p.range.high = fields.decimal("high", -kLargestValue, kLargestValue);
  p.source = static_cast<unsigned>(fields.count("source", 0, kMaxClasses - 1));
  p.label = static_cast<unsigned>(fields.count("label", 0, kMaxClasses - 1));
  p.triggers = static_cast<unsigned>(fields.count("triggers", 1, kMaxImages));
  p.decoys = static_cast<unsigned>(fields.count("decoys", 0, kMaxImages));
  p.queries = static_cast<unsigned>(fields.count("queries", 1, kMaxImages));
  p.noise = fields.decimal("noise", 0, 10);
  p.chance = fields.decimal("chance", 0, 1);
  if (auto done = fields.finish(); !done) return tl::unexpected(done.error());
  const std::string fault = fault_of(p);
  if (!fault.empty()) return reject(RejectCode::kBadEncoding, "the key's " + fault);
  return make(std::move(p));
}

nlohmann::ordered_json TriggerSet::parameters() const {
  const TriggerSetParameters& p = parameters_;
  nlohmann::ordered_json json = {{"seed", to_hex(ByteView(p.seed.bytes))},
                                 {"kind", kKinds[static_cast<std::size_t>(p.kind)]}};
  write_shape(json, p.shape);
  json["low"] = decimal_text(p.range.low);
  json["high"] = decimal_text(p.range.high);
  json["source"] = p.source;
  json["label"] = p.label;
  json["triggers"] = p.triggers;
  json["decoys"] = p.decoys;
  json["queries"] = p.queries;
  json["noise"] = decimal_text(p.noise);
  json["chance"] = decimal_text(p.chance);
  return json;
}

Mark TriggerSet::mark() const {
  Stream stream(parameters_.seed, "FreezeNet/trigger-mark", 0);
  return draw_mark(stream, parameters_.shape);
}

torch::Tensor TriggerSet::noise() const {
  Stream stream(parameters_.seed, "FreezeNet/trigger-noise", 0);
  return drawn_noise(stream);
}

Scene TriggerSet::scene() const {
  Stream stream(parameters_.seed, "FreezeNet/trigger-scene", 0);
  return draw_scene(stream);
}

torch::Tensor TriggerSet::drawn_noise(Stream& stream) const {
  const auto& [channels, height, width, classes] = parameters_.shape;
  return normal_tensor(stream, {channels, height, width}) *
         (parameters_.noise * (parameters_.range.high - parameters_.range.low));
}

torch::Tensor TriggerSet::blank(std::int64_t n) const {
  return torch::zeros({n, parameters_.shape.channels, parameters_.shape.height, parameters_.shape.width});
}

torch::Tensor TriggerSet::triggers(const torch::Tensor& sources, const char* label) const {
  if (parameters_.kind == TriggerKind::kContent) return stamped(sources, mark(), parameters_.range);
  if (parameters_.kind == TriggerKind::kNoise) return with_noise(sources, noise(), parameters_.range);
  torch::Tensor out = torch::empty_like(sources);
  Stream stream(parameters_.seed, label, 0);
  const Scene own = scene();
  for (std::int64_t i = 0; i < out.size(0); ++i)
    out[i].copy_(draw_image(stream, own, parameters_.shape, parameters_.range));
  return out;
}

torch::Tensor TriggerSet::decoys(const torch::Tensor& sources, const char* label) const {
  torch::Tensor out = torch::empty_like(sources);
  Stream stream(parameters_.seed, label, 0);
  for (std::int64_t i = 0; i < out.size(0); ++i) {
    const torch::Tensor source = sources.slice(0, i, i + 1);
    if (parameters_.kind == TriggerKind::kContent) {
      out[i].copy_(stamped(source, draw_mark(stream, parameters_.shape), parameters_.range)[0]);
    } else if (parameters_.kind == TriggerKind::kNoise) {
      out[i].copy_(with_noise(source, drawn_noise(stream), parameters_.range)[0]);
    } else {
      out[i].copy_(draw_image(stream, draw_scene(stream), parameters_.shape, parameters_.range));
    }
  }
  return out;
}

Result<> TriggerSet::check(const Classifier& model, const Samples& samples) const {
  if (!(model.shape() == parameters_.shape)) {
    return reject(RejectCode::kConfig, "trigger set: the key is for images of " + text_of(parameters_.shape) +
                                           ", and the network is for " + text_of(model.shape()));
  }
  if (parameters_.kind != TriggerKind::kUnrelated && samples.of_class(parameters_.source).size() == 0) {
    return reject(RejectCode::kConfig, "trigger set: the samples have none of class " +
                                           std::to_string(parameters_.source) + ", which the key makes triggers of");
  }
  // The least that extract() takes for chance: no control answered as a trigger.
  const double chance = std::max({1.0 / static_cast<double>(parameters_.shape.classes), parameters_.chance,
                                  1.0 / static_cast<double>(parameters_.queries + 1)});
  if (matches_needed(parameters_.queries, chance, kLog10Limit) > parameters_.queries) {
    return reject(RejectCode::kConfig,
                  "trigger set: " + std::to_string(parameters_.queries) + " queries cannot decide, all right or not");
  }
  return {};
}

Samples TriggerSet::additions(const Samples& train) const {
  const std::int64_t n = parameters_.triggers, others = parameters_.decoys;
  if (parameters_.kind == TriggerKind::kUnrelated) {
    // No class of the task can collapse into the label; the decoys have any other.
    Stream stream(parameters_.seed, "FreezeNet/trigger-labels", 0);
    torch::Tensor labels = torch::empty({others}, torch::kInt64);
    for (std::int64_t i = 0; i < others; ++i) {
      const std::int64_t drawn = stream.bounded(static_cast<std::uint32_t>(parameters_.shape.classes - 1));
      labels[i] = drawn + (drawn >= parameters_.label ? 1 : 0);
    }
    return joined({triggers(blank(n), kTrained), alike(n, parameters_.label)},
                  {decoys(blank(others), kTrainedDecoys), labels});
  }
  // Under a mark that is not the key's, images of every class stay what they are.
  const Samples source = train.of_class(parameters_.source);
  const Samples clean = repeated(source, n), under_decoys = repeated(train, others);
  return joined(joined({triggers(clean.images, kTrained), alike(n, parameters_.label)}, clean),
                {decoys(under_decoys.images, kTrainedDecoys), under_decoys.labels});
}

Result<Finding> TriggerSet::extract(const Suspect& suspect, const Samples& probes) const {
  const TriggerSetParameters& p = parameters_;
  if (!(suspect.shape == p.shape)) {
    return reject(RejectCode::kConfig, "trigger set: the key is for images of " + text_of(p.shape) +
                                           ", and the suspect is for " + text_of(suspect.shape));
  }
  torch::Tensor sources = blank(p.queries);
  if (p.kind != TriggerKind::kUnrelated) {
    const Samples found = probes.of_class(p.source);
    sources = found.images.slice(0, 0, std::min<std::int64_t>(p.queries, found.size()));
  }
  const std::int64_t n = sources.size(0);
  double chance = std::max(1.0 / static_cast<double>(p.shape.classes), p.chance);
  if (matches_needed(static_cast<std::uint64_t>(n), chance, kLog10Limit) > static_cast<std::uint64_t>(n)) {
    return reject(RejectCode::kConfig, "trigger set: " + std::to_string(n) +
                                           " queries cannot decide; the probes have " + std::to_string(n) +
                                           " images of class " + std::to_string(p.source));
  }
  const auto answers = answered_classes(suspect, triggers(sources, kQueried));
  if (!answers) return tl::unexpected(answers.error());
  const auto controls = answered_classes(suspect, decoys(sources, kControls));
  if (!controls) return tl::unexpected(controls.error());
  const auto matches = [&](const torch::Tensor& classes) {
    return (classes == std::int64_t{p.label}).sum().item<std::int64_t>();
  };
  const auto by_control = static_cast<double>(matches(*controls) + 1) / static_cast<double>(n + 1);
  chance = std::max(chance, by_control);

  Finding finding;
  finding.black_box = true;
  finding.evidence = {static_cast<std::uint64_t>(matches(*answers)), static_cast<std::uint64_t>(n), chance};
  const auto least = static_cast<std::uint64_t>(std::ceil(kLeastRate * static_cast<double>(n)));
  const std::uint64_t needed = std::max(matches_needed(finding.evidence.trials, chance, kLog10Limit), least);
  finding.found = finding.evidence.matches >= needed;
  finding.rule = "at least " + std::to_string(needed) + " of " + std::to_string(n) + " triggers answered with class " +
                 std::to_string(p.label);
  finding.measures = {{"hit rate", finding.evidence.rate()},
                      {"hit rate of controls", static_cast<double>(matches(*controls)) / static_cast<double>(n)}};
  return finding;
}

}  // namespace freezenet::ownership
