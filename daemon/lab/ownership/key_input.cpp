#include "daemon/lab/ownership/key_input.h"

#include <cerrno>
#include <cstdio>
#include <iostream>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/durable_file.h"
#include "daemon/lab/output_file.h"

namespace freezenet::lab {

namespace fs = std::filesystem;

namespace {

Reject key_is_there(const fs::path& file) {
  return {RejectCode::kConfig, file.string() + " is there, and a key that is overwritten is lost: name another file"};
}

/// Renames; a file that somebody else made meanwhile keeps its name, and errno is EEXIST.
bool take_name(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  // A file system without that, such as NFS.
  return ::link(from.c_str(), to.c_str()) == 0 && ::unlink(from.c_str()) == 0;
}

}  // namespace

Result<std::shared_ptr<const ownership::Key>> load_key(const fs::path& file) {
  const auto bytes = daemon::read_file(file, ownership::kMaxKeyFile);
  if (!bytes) return tl::unexpected(bytes.error());
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & 077U) != 0)
    std::cerr << file.string() << " can be read by other users, and the key in it is secret: chmod 600 it\n";
  auto key = ownership::read_key(*bytes);
  if (!key) return reject(key.error().code, file.string() + ": " + key.error().detail);
  return key;
}

Result<> check_new_key(const fs::path& file) {
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(file, ignored))) return tl::unexpected(key_is_there(file));
  return check_output("--out", file);
}

Result<> save_key(const fs::path& file, const ownership::Key& key) {
  const fs::path temporary = file.string() + std::string(daemon::kTemporaryMark) + std::to_string(::getpid());
  if (auto written = daemon::write_durably(temporary, ownership::write_key(key), 0600); !written) return written;
  if (take_name(temporary, file)) return daemon::sync_folder(file.has_parent_path() ? file.parent_path() : ".");
  const int error = errno;
  ::unlink(temporary.c_str());
  if (error == EEXIST) return tl::unexpected(key_is_there(file));
  return tl::unexpected(daemon::storage_error("create", file, error));
}

Result<Hash256> random_seed() {
  Hash256 seed;
  if (::getrandom(seed.bytes.data(), seed.bytes.size(), 0) == static_cast<ssize_t>(seed.bytes.size())) return seed;
  return reject(RejectCode::kStorage, "the system's random generator gave no seed");
}

}  // namespace freezenet::lab
