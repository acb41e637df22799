#include "training/dataset/dataset.h"

#include <string>
#include <utility>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"

namespace freezenet::training {

namespace {

/// The shape alone, before a byte of the data is looked at: every product fits, because a sample is held below 2^32
/// bytes here.
Result<std::uint64_t> expected_length(const DatasetSpec& spec) {
  const std::uint64_t sample = canonical_sample_size(spec);
  const std::uint64_t samples = std::uint64_t{spec.train_count} + spec.evaluation_count;
  if (sample <= 1 || sample > UINT32_MAX || samples == 0 || samples > UINT32_MAX || spec.classes == 0 ||
      spec.classes > 256) {
    return reject(RejectCode::kBadDataset,
                  "dataset '" + spec.name + "': the shape, the counts or the classes are out of range");
  }
  return sample * samples;
}

Result<> check_canonical(const DatasetSpec& spec, ByteView bytes) {
  const auto length = expected_length(spec);
  if (!length) return tl::unexpected(length.error());
  if (bytes.size() != *length) {
    return reject(RejectCode::kBadDataset, "dataset '" + spec.name + "': " + std::to_string(bytes.size()) +
                                               " bytes, expected " + std::to_string(*length));
  }
  // The root is asked before the labels: where it differs, that is the whole story, and the person needs both values.
  const Hash256 found = chunked_root(bytes);
  if (found != spec.root) {
    return reject(RejectCode::kBadDataset,
                  "dataset '" + spec.name + "': root " + to_hex(found) + ", expected " + to_hex(spec.root));
  }
  const std::uint64_t sample = canonical_sample_size(spec);
  for (std::uint64_t i = 0; i * sample < bytes.size(); ++i) {
    const std::uint8_t label = bytes[i * sample];
    if (label >= spec.classes) {
      return reject(RejectCode::kBadDataset, "dataset '" + spec.name + "': sample " + std::to_string(i) +
                                                 " has label " + std::to_string(label) + " of " +
                                                 std::to_string(spec.classes) + " classes");
    }
  }
  return {};
}

}  // namespace

std::uint64_t canonical_sample_size(const DatasetSpec& spec) {
  const std::uint64_t plane = std::uint64_t{spec.height} * spec.width;
  std::uint64_t size = 0;
  if (__builtin_mul_overflow(plane, std::uint64_t{spec.channels}, &size) || size == UINT64_MAX) return 0;
  return size + 1;
}

Dataset::Dataset(DatasetSpec spec, std::shared_ptr<const Bytes> owner, ByteView bytes)
    : spec_(std::move(spec)), owner_(std::move(owner)), bytes_(bytes), sample_size_(canonical_sample_size(spec_)) {}

Result<Dataset> Dataset::from_canonical(const DatasetSpec& spec, Bytes bytes) {
  if (const auto checked = check_canonical(spec, bytes); !checked) return tl::unexpected(checked.error());
  auto owner = std::make_shared<const Bytes>(std::move(bytes));
  const ByteView view(*owner);
  return Dataset(spec, std::move(owner), view);
}

Result<Dataset> Dataset::from_static(const DatasetSpec& spec, ByteView bytes) {
  if (const auto checked = check_canonical(spec, bytes); !checked) return tl::unexpected(checked.error());
  return Dataset(spec, nullptr, bytes);
}

}  // namespace freezenet::training
