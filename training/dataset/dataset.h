#pragma once

#include <memory>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"
#include "consensus/task.h"

namespace freezenet::training {

/// The samples of a task, proven to be the ones that the task names. The canonical bytes are, for each sample, its
/// label as one byte and then its pixels as bytes in (channel, row, column) order; the training split stands first, the
/// evaluation split after it.
///
/// Immutable after construction, so any number of threads may read one. A copy shares the bytes. Memory: the canonical
/// bytes, once.
class Dataset {
 public:
  /// Takes the bytes. kBadDataset where length, a label or the root (docs/protocol.md section 10) is not the one that
  /// `spec` names.
  static Result<Dataset> from_canonical(const DatasetSpec& spec, Bytes bytes);
  /// The same for bytes that outlive every copy of the result, as those which are linked into the program do.
  static Result<Dataset> from_static(const DatasetSpec& spec, ByteView bytes);

  [[nodiscard]] const DatasetSpec& spec() const { return spec_; }
  /// channels * height * width bytes; i < spec().train_count.
  [[nodiscard]] ByteView train_pixels(std::size_t i) const { return sample(i).subspan(1); }
  [[nodiscard]] std::uint8_t train_label(std::size_t i) const { return sample(i)[0]; }
  /// i < spec().evaluation_count.
  [[nodiscard]] ByteView evaluation_pixels(std::size_t i) const { return sample(spec_.train_count + i).subspan(1); }
  [[nodiscard]] std::uint8_t evaluation_label(std::size_t i) const { return sample(spec_.train_count + i)[0]; }
  /// What the root is over, for whoever passes the dataset on.
  [[nodiscard]] ByteView canonical_bytes() const { return bytes_; }

 private:
  Dataset(DatasetSpec spec, std::shared_ptr<const Bytes> owner, ByteView bytes);
  [[nodiscard]] ByteView sample(std::size_t i) const { return bytes_.subspan(i * sample_size_, sample_size_); }

  DatasetSpec spec_;
  std::shared_ptr<const Bytes> owner_;  // null where the bytes are static
  ByteView bytes_;
  std::size_t sample_size_;
};

/// Bytes of one sample in the canonical encoding, the label included; 0 where the product leaves 64 bits.
std::uint64_t canonical_sample_size(const DatasetSpec& spec);

}  // namespace freezenet::training
