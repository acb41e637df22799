#include "training/ownership/null_embedding.h"

#include <algorithm>

#include "consensus/base/hex.h"
#include "consensus/base/serialize.h"
#include "consensus/crypto/sha256.h"
#include "training/ownership/parameter_fields.h"
#include "training/ownership/queries.h"
#include "training/ownership/random.h"
#include "training/ownership/shape_fields.h"

namespace freezenet::ownership {

namespace {

constexpr const char* kTag = "FreezeNet/null-embedding";
constexpr std::size_t kMaxId = 256;
constexpr unsigned kMaxSide = 64;
constexpr unsigned kMaxQueries = 100'000;
constexpr double kMaxLambda = 1e6;

unsigned largest_side(const Shape& shape) {
  return static_cast<unsigned>(std::min<std::int64_t>(kMaxSide, std::min(shape.height, shape.width) / 2));
}

std::string fault_of(const NullEmbeddingParameters& p) {
  if (const std::string shape = fault_of_shape(p.shape); !shape.empty()) return shape;
  const bool printable = std::ranges::all_of(p.id, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (p.id.empty() || p.id.size() > kMaxId || !printable) return "id must be 1 to 256 printable characters";
  const unsigned largest = largest_side(p.shape);
  if (p.side < 2 || p.side > largest) {
    return "side must be 2 to " + std::to_string(largest) + " for images of " + text_of(p.shape);
  }
  if (!(p.lambda > 0 && p.lambda <= kMaxLambda)) return "lambda must be above 0 and at most 1e6";
  if (!(p.strength > 0 && p.strength <= 100)) return "strength must be above 0 and at most 100";
  if (p.queries < 1 || p.queries > kMaxQueries) return "queries must be 1 to 100000";
  if (!(p.threshold >= 0.5 && p.threshold < 1)) return "threshold must be 0.5 or more and below 1";
  return {};
}

class NullEmbeddingLoss final : public Regulariser {
 public:
  explicit NullEmbeddingLoss(const NullEmbedding& key) : key_(key) {}

  torch::Tensor loss(Classifier& model, const torch::Tensor& images, const torch::Tensor& labels) override {
    const torch::Tensor logits = model.forward(torch::cat({key_.null_embedded(images), key_.true_embedded(images)}));
    const auto parts = logits.chunk(2);
    const torch::Tensor wanted = torch::full_like(labels, key_.label());
    return key_.values().strength * (torch::nn::functional::cross_entropy(parts[0], labels) +
                                     torch::nn::functional::cross_entropy(parts[1], wanted));
  }

 private:
  NullEmbedding key_;  // a copy: the key may be gone before the fit ends
};

}  // namespace

Hash256 null_embedding_message(const std::string& id, std::uint64_t time) {
  Writer out;
  out.integer(time);
  out.bytes({reinterpret_cast<const std::uint8_t*>(id.data()), id.size()});
  return tagged_hash(kTag, out.data());
}

NullEmbedding::NullEmbedding(NullEmbeddingParameters parameters) : parameters_(std::move(parameters)) {
  const NullEmbeddingParameters& p = parameters_;
  Stream stream(tagged_hash(kTag, p.signature.bytes), "FreezeNet/null-embedding", 0);
  label_ = stream.bounded(static_cast<std::uint32_t>(p.shape.classes));
  top_ = stream.bounded(static_cast<std::uint32_t>(p.shape.height - p.side + 1));
  left_ = stream.bounded(static_cast<std::uint32_t>(p.shape.width - p.side + 1));
  pattern_ = bit_tensor(stream, std::int64_t{p.side} * p.side).view({p.side, p.side});
}

Result<std::shared_ptr<const NullEmbedding>> NullEmbedding::make(NullEmbeddingParameters parameters) {
  const std::string fault = fault_of(parameters);
  if (!fault.empty()) return reject(RejectCode::kConfig, "null embedding: " + fault);
  return std::shared_ptr<const NullEmbedding>(new NullEmbedding(std::move(parameters)));
}

Result<std::shared_ptr<const NullEmbedding>> NullEmbedding::sign(const SecretKey& secret,
                                                                 NullEmbeddingParameters parameters) {
  parameters.owner = secret.public_key();
  parameters.signature = secret.sign(null_embedding_message(parameters.id, parameters.time));
  if (parameters.shape.height > 0 && parameters.shape.width > 0)
    parameters.side = std::min(parameters.side, largest_side(parameters.shape));
  return make(std::move(parameters));
}

Result<std::shared_ptr<const NullEmbedding>> NullEmbedding::from_parameters(const nlohmann::json& json) {
  ParameterFields fields(json);
  NullEmbeddingParameters p;
  std::ranges::copy(fields.bytes("owner", p.owner.bytes.size()), p.owner.bytes.begin());
  p.id = fields.text("id", kMaxId);
  p.time = fields.count("time", 0, UINT64_MAX);
  std::ranges::copy(fields.bytes("signature", p.signature.bytes.size()), p.signature.bytes.begin());
  p.shape = shape_field(fields);
  p.side = static_cast<unsigned>(fields.count("side", 2, kMaxSide));
  p.lambda = fields.decimal("lambda", 0, kMaxLambda);
  p.strength = fields.decimal("strength", 0, 100);
  p.queries = static_cast<unsigned>(fields.count("queries", 1, kMaxQueries));
  p.threshold = fields.decimal("threshold", 0.5, 1);
  if (auto done = fields.finish(); !done) return tl::unexpected(done.error());
  const std::string fault = fault_of(p);
  if (!fault.empty()) return reject(RejectCode::kBadEncoding, "the key's " + fault);
  return make(std::move(p));
}

nlohmann::ordered_json NullEmbedding::parameters() const {
  const NullEmbeddingParameters& p = parameters_;
  nlohmann::ordered_json json = {
      {"owner", to_hex(p.owner)}, {"id", p.id}, {"time", p.time}, {"signature", to_hex(ByteView(p.signature.bytes))}};
  write_shape(json, p.shape);
  json["side"] = p.side;
  json["lambda"] = decimal_text(p.lambda);
  json["strength"] = decimal_text(p.strength);
  json["queries"] = p.queries;
  json["threshold"] = decimal_text(p.threshold);
  return json;
}

torch::Tensor NullEmbedding::stamped(const torch::Tensor& images, double one) const {
  torch::Tensor out = images.clone();
  const std::int64_t side = parameters_.side;
  out.slice(2, top_, top_ + side).slice(3, left_, left_ + side).copy_((pattern_ * 2 - 1) * one);
  return out;
}

torch::Tensor NullEmbedding::null_embedded(const torch::Tensor& images) const {
  return stamped(images, parameters_.lambda);
}

torch::Tensor NullEmbedding::true_embedded(const torch::Tensor& images) const {
  return stamped(images, -parameters_.lambda);
}

Result<> NullEmbedding::check_signature() const {
  const NullEmbeddingParameters& p = parameters_;
  if (verify_schnorr(p.owner, null_embedding_message(p.id, p.time), p.signature)) return {};
  return reject(RejectCode::kBadSignature, "null embedding: the signature is not the owner's of this id and time");
}

Result<> NullEmbedding::check(const Classifier& model, const Samples&) const {
  if (!(model.shape() == parameters_.shape)) {
    return reject(RejectCode::kConfig, "null embedding: the key is for images of " + text_of(parameters_.shape) +
                                           ", and the network is for " + text_of(model.shape()));
  }
  if (matches_needed(parameters_.queries, 1.0 / static_cast<double>(parameters_.shape.classes), kLog10Limit) >
      parameters_.queries) {
    return reject(RejectCode::kConfig, "null embedding: " + std::to_string(parameters_.queries) +
                                           " queries cannot decide, all right or not");
  }
  return check_signature();
}

std::unique_ptr<Regulariser> NullEmbedding::regulariser(const Classifier&, const Samples&) const {
  return std::make_unique<NullEmbeddingLoss>(*this);
}

Result<Finding> NullEmbedding::extract(const Suspect& suspect, const Samples& probes) const {
  const NullEmbeddingParameters& p = parameters_;
  if (auto valid = check_signature(); !valid) return tl::unexpected(valid.error());
  if (!(suspect.shape == p.shape)) {
    return reject(RejectCode::kConfig, "null embedding: the key is for images of " + text_of(p.shape) +
                                           ", and the suspect is for " + text_of(suspect.shape));
  }
  const Samples all = probes.take(torch::nonzero(probes.labels != label_).flatten());
  const Samples asked = all.slice(0, std::min<std::int64_t>(p.queries, all.size()));
  const auto n = static_cast<std::uint64_t>(asked.size());
  const double chance = 1.0 / static_cast<double>(p.shape.classes);
  if (matches_needed(n, chance, kLog10Limit) > n) {
    return reject(RejectCode::kConfig, "null embedding: " + std::to_string(n) + " probes of other classes than " +
                                           std::to_string(label_) + " cannot decide");
  }
  const auto nulls = answered_classes(suspect, null_embedded(asked.images));
  if (!nulls) return tl::unexpected(nulls.error());
  const auto trues = answered_classes(suspect, true_embedded(asked.images));
  if (!trues) return tl::unexpected(trues.error());

  Finding finding;
  finding.black_box = true;
  finding.evidence = {static_cast<std::uint64_t>((*trues == label_).sum().item<std::int64_t>()), n, chance};
  const double null_rate = (*nulls == asked.labels).to(torch::kFloat64).mean().item<double>();
  finding.found =
      null_rate > p.threshold && finding.evidence.rate() > p.threshold && finding.evidence.log10_p() < kLog10Limit;
  finding.rule = "a valid signature, and more than " + decimal_text(100 * p.threshold) +
                 "% right answers to both the null and the true embedding";
  finding.measures = {{"null accuracy", null_rate}, {"true accuracy", finding.evidence.rate()}};
  return finding;
}

}  // namespace freezenet::ownership
