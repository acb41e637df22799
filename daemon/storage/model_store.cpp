#include "daemon/storage/model_store.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>

#include <sys/stat.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "daemon/durable_file.h"

namespace freezenet::daemon {

namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "weights are stored as they lie in memory");

constexpr std::string_view kExtension = ".f32";

fs::path file_of(const fs::path& folder, const Hash256& root) {
  return folder / (to_hex(root) + std::string(kExtension));
}

/// What a crash between create and rename left. The name tells: a finished file never carries the mark.
Result<> remove_leftovers(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator at(folder, error);
  if (error) return tl::unexpected(storage_error("read", folder, error.value()));
  for (const fs::directory_iterator end; at != end; at.increment(error)) {
    if (error) return tl::unexpected(storage_error("read", folder, error.value()));
    if (at->path().filename().string().find(kTemporaryMark) == std::string::npos) continue;
    std::error_code removal;
    fs::remove(at->path(), removal);
    if (removal) return tl::unexpected(storage_error("remove", at->path(), removal.value()));
  }
  return {};
}

Reject damaged(const fs::path& file, const std::string& how) {
  return Reject{RejectCode::kStorage, "the model file " + file.string() + " is damaged (" + how +
                                          "); start with --reindex to have it computed again"};
}

}  // namespace

Result<ModelStore> ModelStore::open(fs::path folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return tl::unexpected(storage_error("create the folder", folder, errno));
  if (auto removed = remove_leftovers(folder); !removed) return tl::unexpected(removed.error());
  // A process that died between a rename and this may have left a model in memory only; put() takes what it sees for
  // durable.
  if (auto synced = sync_folder(folder); !synced) return tl::unexpected(synced.error());
  return ModelStore(std::move(folder));
}

Result<Hash256> ModelStore::put(std::span<const float> weights) {
  const ByteView data = as_bytes(weights);
  const Hash256 root = chunked_root(data);
  const fs::path file = file_of(folder_, root);
  // A whole file of this name was synced before it was renamed to it. A damaged one is replaced: a node that lost a
  // canonical model heals by replaying the block again.
  if (auto kept = bytes(root, data.size())) return root;
  if (auto written = write_durably(file, data, 0644); !written) return tl::unexpected(written.error());
  return root;
}

bool ModelStore::contains(const Hash256& root) const {
  std::error_code error;
  return fs::is_regular_file(file_of(folder_, root), error);
}

std::optional<std::uint64_t> ModelStore::size(const Hash256& root) const {
  std::error_code error;
  const std::uint64_t bytes = fs::file_size(file_of(folder_, root), error);
  return error ? std::nullopt : std::optional(bytes);
}

Result<bool> ModelStore::remove_damaged(const Hash256& root, std::uint64_t most) {
  const auto data = read_file(file_of(folder_, root), most);
  if (data && chunked_root(*data) == root) return false;
  if (!data && data.error().code != RejectCode::kNotFound && data.error().code != RejectCode::kTooLarge) {
    return tl::unexpected(data.error());
  }
  return remove(root).map([] { return true; });
}

Result<> ModelStore::remove(const Hash256& root) {
  const fs::path file = file_of(folder_, root);
  std::error_code error;
  fs::remove(file, error);
  if (error) return tl::unexpected(storage_error("remove", file, error.value()));
  return {};
}

Result<std::vector<Hash256>> ModelStore::roots() const {
  std::vector<Hash256> roots;
  std::error_code error;
  fs::directory_iterator at(folder_, error);
  for (const fs::directory_iterator end; !error && at != end; at.increment(error)) {
    if (at->path().extension() != kExtension) continue;
    if (auto root = hash_from_hex(at->path().stem().string())) roots.push_back(*root);
  }
  if (error) return tl::unexpected(storage_error("read", folder_, error.value()));
  return roots;
}

Result<Bytes> ModelStore::bytes(const Hash256& root, std::uint64_t length) const {
  const fs::path file = file_of(folder_, root);
  auto data = read_file(file, length);
  if (!data && data.error().code == RejectCode::kNotFound)
    return reject(RejectCode::kNotFound, "no model of root " + to_hex(root) + " is kept here");
  if (!data && data.error().code == RejectCode::kTooLarge)
    return tl::unexpected(damaged(file, "longer than " + std::to_string(length) + " bytes"));
  if (!data) return data;
  if (data->size() != length) {
    return tl::unexpected(damaged(file, std::to_string(data->size()) + " bytes, not " + std::to_string(length)));
  }
  if (chunked_root(*data) != root) return tl::unexpected(damaged(file, "its content is not what its name says"));
  return data;
}

Result<std::vector<float>> ModelStore::get(const Hash256& root, std::uint64_t parameters) const {
  if (parameters > std::numeric_limits<std::uint64_t>::max() / sizeof(float)) {
    return reject(RejectCode::kStorage, "no model has " + std::to_string(parameters) + " weights");
  }
  const auto data = bytes(root, parameters * sizeof(float));
  if (!data) return tl::unexpected(data.error());
  std::vector<float> weights(parameters);
  if (!weights.empty()) std::memcpy(weights.data(), data->data(), data->size());
  return weights;
}

}  // namespace freezenet::daemon
