#pragma once

#include <memory>
#include <string>

#include "consensus/crypto/schnorr.h"
#include "training/ownership/scheme.h"

namespace freezenet::ownership {

struct NullEmbeddingParameters {
  XOnlyKey owner;          ///< who signed
  std::string id;          ///< who that is, 1 to 256 printable characters
  std::uint64_t time = 0;  ///< of the signature, in seconds since 1970
  Signature signature;     ///< of null_embedding_message(id, time)
  Shape shape;
  unsigned side = 6;       ///< of the pattern in pixels; not above half of the image's smaller side
  double lambda = 10;      ///< of the pattern's pixels, far outside of the data's range
  double strength = 0.25;  ///< a: of the loss on each of the two embeddings
  unsigned queries = 200;  ///< of each of the two, in a decision
  double threshold = 0.8;  ///< which the share of right answers to each must exceed
};

/// tagged("FreezeNet/null-embedding", time u64 || id): what the owner signs.
Hash256 null_embedding_message(const std::string& id, std::uint64_t time);

/// Li, Wenger, Zhao, Zheng, "Piracy Resistant Watermarks for Deep Neural Networks" (arXiv 1910.01226). The signature
/// decides everything: the label y_W, a pattern of bits, and its place. Null embedding: the pattern's pixels become
/// +lambda for 1 and -lambda for 0, and the answer stays as it was. True embedding: the signs are swapped, and the
/// answer is y_W. Loss = CE + a CE(null) + a CE(true), from the first epoch on.
///
/// Nobody chooses a pattern that a model happens to answer to, because nobody chooses a signature: ours are BIP340's
/// without auxiliary randomness. Found where the signature holds and both shares are above the threshold; the p-value
/// is of the true embedding alone, of probes that are not y_W themselves. Queries are no independent trials in a model
/// that answers any such pattern with one class, which is what the null embedding is asked for.
///
/// The key holds no secret key. A second key can be embedded in a model that has one: what that costs is the scheme's
/// resistance to piracy. Survives fine-tuning; lost by resetting the last layer, and by retraining from queries.
class NullEmbedding final : public Key {
 public:
  /// kConfig names what is out of its range. Whether the signature holds is extract()'s to say.
  static Result<std::shared_ptr<const NullEmbedding>> make(NullEmbeddingParameters parameters);
  /// The same with owner and signature by `secret`, and a side that fits the shape.
  static Result<std::shared_ptr<const NullEmbedding>> sign(const SecretKey& secret, NullEmbeddingParameters parameters);
  /// kBadEncoding names the field.
  static Result<std::shared_ptr<const NullEmbedding>> from_parameters(const nlohmann::json& json);

  [[nodiscard]] ClaimScheme scheme() const override { return ClaimScheme::kNullEmbedding; }
  [[nodiscard]] nlohmann::ordered_json parameters() const override;
  /// kBadSignature too.
  [[nodiscard]] Result<> check(const Classifier& model, const Samples& samples) const override;
  [[nodiscard]] std::unique_ptr<Regulariser> regulariser(const Classifier& model, const Samples& train) const override;
  [[nodiscard]] Samples additions(const Samples&) const override { return {}; }
  /// kBadSignature where owner, id, time and signature do not belong together; kConfig where there are too few probes.
  [[nodiscard]] Result<Finding> extract(const Suspect& suspect, const Samples& probes) const override;

  [[nodiscard]] const NullEmbeddingParameters& values() const { return parameters_; }
  [[nodiscard]] std::int64_t label() const { return label_; }
  /// {side, side} of 0 and 1, and where it is.
  [[nodiscard]] const torch::Tensor& pattern() const { return pattern_; }
  [[nodiscard]] std::int64_t top() const { return top_; }
  [[nodiscard]] std::int64_t left() const { return left_; }
  /// Copies of images {n, channels, height, width} with the pattern in every channel.
  [[nodiscard]] torch::Tensor null_embedded(const torch::Tensor& images) const;
  [[nodiscard]] torch::Tensor true_embedded(const torch::Tensor& images) const;

  /// kBadSignature where the signature is not the owner's of id and time.
  [[nodiscard]] Result<> check_signature() const;

 private:
  explicit NullEmbedding(NullEmbeddingParameters parameters);
  [[nodiscard]] torch::Tensor stamped(const torch::Tensor& images, double one) const;

  NullEmbeddingParameters parameters_;
  std::int64_t label_ = 0, top_ = 0, left_ = 0;
  torch::Tensor pattern_;
};

}  // namespace freezenet::ownership
