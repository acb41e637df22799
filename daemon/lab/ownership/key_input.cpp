#include "daemon/lab/ownership/key_input.h"

#include <cerrno>
#include <iostream>

#include <sys/random.h>
#include <sys/stat.h>

#include "daemon/durable_file.h"
#include "daemon/lab/output_file.h"

namespace freezenet::lab {

namespace fs = std::filesystem;

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
  if (fs::exists(fs::symlink_status(file, ignored)))
    return reject(RejectCode::kConfig,
                  file.string() + " is there, and a key that is overwritten is lost: name another file");
  return check_output("--out", file);
}

Result<> save_key(const fs::path& file, const ownership::Key& key) {
  return daemon::write_durably(file, ownership::write_key(key), 0600);
}

Result<Hash256> random_seed() {
  Hash256 seed;
  if (::getrandom(seed.bytes.data(), seed.bytes.size(), 0) == static_cast<ssize_t>(seed.bytes.size())) return seed;
  return reject(RejectCode::kStorage, "the system's random generator gave no seed");
}

}  // namespace freezenet::lab
