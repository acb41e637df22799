#include "consensus/task.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"
#include "training/dataset/idx.h"

namespace freezenet::fuzz {

/// An IDX file. The first byte says what is expected, and whether the file's size is its own or another one: no fuzzer
/// writes the gigabytes that a header may announce.
void idx(ByteView input) {
  Input in(input);
  const std::uint8_t choice = in.byte();
  const unsigned dimensions = choice % 2 == 0 ? 3 : 1;
  const std::uint64_t other_size = choice % 4 < 2 ? 0 : in.integer<std::uint64_t>();
  const ByteView file = in.rest();
  const std::uint64_t size = choice % 4 < 2 ? file.size() : other_size;
  const auto header =
      training::read_idx_header(file.first(std::min(file.size(), training::kIdxHeaderBytes)), size, dimensions);
  if (!header) return require_refusal(header.error(), Blame::kOurselves, {RejectCode::kBadDataset});
  require(header->count() > 0 && header->count() <= kMaxSamples, "the count is bounded");
  require(header->value_size() > 0 && header->value_size() <= std::uint64_t{kMaxSide} * kMaxSide, "sides are bounded");
  require(header->data_offset + header->count() * header->value_size() == size, "the file is what its header says");
  if (size != file.size()) return;
  const ByteView values = file.subspan(header->data_offset);
  const Bytes labels(header->count(), 7);
  Bytes canonical(labels.size() + values.size());
  training::idx_to_canonical(labels, values, canonical);
  Bytes back;
  for (std::size_t i = 0; i < canonical.size(); i += 1 + header->value_size()) {
    require(canonical[i] == 7, "a sample begins with its label");
    back.insert(back.end(), canonical.begin() + static_cast<std::ptrdiff_t>(i + 1),
                canonical.begin() + static_cast<std::ptrdiff_t>(i + 1 + header->value_size()));
  }
  require(same(back, values), "the pixels are the file's, in order");
}

}  // namespace freezenet::fuzz
