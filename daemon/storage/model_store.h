#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"
#include "training/model_archive.h"

namespace freezenet::daemon {

/// Model weights as files named by their root: DATADIR/models/<root>.f32 holds the raw little-endian floats that the
/// root is over, so that serving a chunk is one read and no header is ever trusted. Users get safetensors from
/// `getmodel`.
///
/// Any thread. A file is written to a temporary name, synced, renamed, and its directory synced, before put() returns:
/// what the database names later is there after a power cut. Every read is checked against the name.
class ModelStore final : public training::ModelArchive {
 public:
  /// Makes the folder; removes temporary files that a crash left.
  static Result<ModelStore> open(std::filesystem::path folder);

  /// Durable on return; a file that exists already is kept as it is. Returns the root.
  Result<Hash256> put(std::span<const float> weights) override;
  /// kNotFound; kStorage where the file's bytes do not hash to its name or its length is not `parameters` floats.
  [[nodiscard]] Result<std::vector<float>> get(const Hash256& root, std::uint64_t parameters) const override;
  [[nodiscard]] bool contains(const Hash256& root) const;
  /// Bytes of the file, whatever they are; nullopt where there is none.
  [[nodiscard]] std::optional<std::uint64_t> size(const Hash256& root) const;
  /// Removes the file where it does not hold what its name says or has more than `most` bytes. True: it is gone now;
  /// kStorage where it cannot be read.
  Result<bool> remove_damaged(const Hash256& root, std::uint64_t most);
  /// Gone once the folder is synced next; a power cut before may bring it back. Success where it was not there.
  Result<> remove(const Hash256& root);
  /// Every model that is here, in no order. Files that no model of this store is named like are left out.
  [[nodiscard]] Result<std::vector<Hash256>> roots() const;
  /// The raw bytes, checked as get() does.
  [[nodiscard]] Result<Bytes> bytes(const Hash256& root, std::uint64_t length) const;

 private:
  explicit ModelStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};

}  // namespace freezenet::daemon
