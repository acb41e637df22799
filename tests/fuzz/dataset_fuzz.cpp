#include "consensus/crypto/merkle.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"
#include "training/dataset/dataset.h"

namespace freezenet::fuzz {

/// A specification and a dataset's bytes. The last choice says whether the root is that of the bytes: no fuzzer finds
/// one.
void dataset(ByteView input) {
  Input in(input);
  DatasetSpec spec;
  spec.name = "fuzz";
  spec.channels = in.integer<std::uint32_t>();
  spec.height = in.integer<std::uint32_t>();
  spec.width = in.integer<std::uint32_t>();
  spec.classes = in.integer<std::uint32_t>();
  spec.train_count = in.integer<std::uint32_t>();
  spec.evaluation_count = in.integer<std::uint32_t>();
  const bool rooted = in.byte() % 2 == 1;
  const ByteView bytes = in.rest();
  if (rooted) spec.root = chunked_root(bytes);

  const auto dataset = training::Dataset::from_canonical(spec, Bytes(bytes.begin(), bytes.end()));
  const auto viewed = training::Dataset::from_static(spec, bytes);
  require(dataset.has_value() == viewed.has_value(), "owned and static bytes are judged alike");
  if (!dataset) return require_refusal(dataset.error(), Blame::kOurselves, {RejectCode::kBadDataset});
  require(same(dataset->canonical_bytes(), bytes), "encode(decode(x)) == x");
  Bytes joined;
  const auto add = [&](std::uint8_t label, ByteView pixels) {
    require(label < spec.classes, "every label is a class");
    joined.push_back(label);
    joined.insert(joined.end(), pixels.begin(), pixels.end());
  };
  for (std::uint32_t i = 0; i < spec.train_count; ++i) add(dataset->train_label(i), dataset->train_pixels(i));
  for (std::uint32_t i = 0; i < spec.evaluation_count; ++i)
    add(dataset->evaluation_label(i), dataset->evaluation_pixels(i));
  require(same(joined, bytes), "the samples are the bytes, in order");
}

}  // namespace freezenet::fuzz
