#include "training/ownership/trigger_trace.h"

#include <cmath>

#include "training/ownership/inversion.h"
#include "training/ownership/random.h"

namespace freezenet::ownership {

namespace {

constexpr int kStrangers = 199;
constexpr int kDrawings = 10;  // of a scene, whose mean shows what they have in common

/// What is secret of a key, as an image, and the pixels where it is; undefined: everywhere.
struct Secret {
  torch::Tensor image, where;
};

/// `place`: a mark that stands where the inverted image is looked at.
Secret secret_of(const TriggerSet& key, const Mark& place) {
  const TriggerSetParameters& p = key.values();
  const torch::Tensor blank = torch::zeros({1, p.shape.channels, p.shape.height, p.shape.width});
  if (p.kind == TriggerKind::kContent) {
    Mark mark = key.mark(), box = place;
    mark.top = place.top;
    mark.left = place.left;
    box.pattern = torch::ones_like(place.pattern);
    return {stamped(blank, mark, {})[0], stamped(blank, box, {})[0]};
  }
  if (p.kind == TriggerKind::kNoise) return {key.noise(), {}};
  Stream stream(p.seed, "FreezeNet/trigger-trace", 0);
  const Scene scene = key.scene();
  torch::Tensor sum = blank[0];
  for (int i = 0; i < kDrawings; ++i) sum = sum + draw_image(stream, scene, p.shape, p.range);
  return {sum / kDrawings, {}};
}

Hash256 strangers_seed(Stream& stream) {
  Hash256 out;
  for (std::uint8_t& byte : out.bytes) byte = static_cast<std::uint8_t>(stream.bounded(256));
  return out;
}

}  // namespace

Result<TriggerTrace> trace_of(const Classifier& model, const TriggerSet& key, std::uint64_t seed) {
  const TriggerSetParameters& p = key.values();
  if (!(model.shape() == p.shape)) return reject(RejectCode::kConfig, "the key is for images of another shape");
  InversionOptions options;
  options.low = p.range.low;
  options.high = p.range.high;
  options.seed = seed;
  const auto inverted = invert(model, p.label, options);
  if (!inverted) return tl::unexpected(inverted.error());
  const Mark place = key.mark();
  const auto seen = [&](const TriggerSet& one) {
    const Secret secret = secret_of(one, place);
    return correlation(inverted->image, secret.image, secret.where);
  };
  TriggerTrace out{seen(key), 1, inverted->score};
  Stream stream(p.seed, "FreezeNet/trigger-strangers", 0);
  int as_strong = 1;
  for (int i = 0; i < kStrangers; ++i) {
    TriggerSetParameters stranger = p;
    stranger.seed = strangers_seed(stream);
    const auto made = TriggerSet::make(stranger);
    if (!made) return tl::unexpected(made.error());
    as_strong += std::abs(seen(**made)) >= std::abs(out.correlation) ? 1 : 0;
  }
  out.rank = static_cast<double>(as_strong) / (kStrangers + 1);
  return out;
}

}  // namespace freezenet::ownership
