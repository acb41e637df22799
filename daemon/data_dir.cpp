#include "daemon/data_dir.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "consensus/base/hex.h"

namespace freezenet::daemon {

namespace {

namespace fs = std::filesystem;

std::string current_user() {
  const passwd* user = ::getpwuid(::geteuid());
  return user != nullptr && user->pw_name != nullptr ? user->pw_name : std::to_string(::geteuid());
}

/// "process 1234", as far as the holder has written its number down.
std::string holder_of(int lock) {
  std::array<char, 24> text{};
  const ssize_t got = ::pread(lock, text.data(), text.size(), 0);
  long pid = 0;
  if (got > 0 && std::from_chars(text.data(), text.data() + got, pid).ec == std::errc())
    return "process " + std::to_string(pid);
  return "another process";
}

Result<> make_folder(const fs::path& root) {
  std::error_code error;
  if (!root.parent_path().empty()) fs::create_directories(root.parent_path(), error);
  // Where the parent could not be made, mkdir says why in the same words.
  if (::mkdir(root.c_str(), 0700) == 0 || errno == EEXIST) return {};
  const int cause = error && error != std::errc::not_a_directory ? error.value() : errno;
  return reject(RejectCode::kStorage, "the user " + current_user() + " cannot create the data folder " + root.string() +
                                          ": " + std::generic_category().message(cause));
}

Result<> check_access(const fs::path& root) {
  struct stat status {};
  if (::stat(root.c_str(), &status) != 0) {
    return reject(RejectCode::kStorage, "the user " + current_user() + " cannot read the data folder " + root.string() +
                                            ": " + std::generic_category().message(errno));
  }
  if (!S_ISDIR(status.st_mode))
    return reject(RejectCode::kStorage, "the data folder " + root.string() + " is not a folder");
  if (::faccessat(AT_FDCWD, root.c_str(), R_OK | X_OK, AT_EACCESS) != 0) {
    return reject(RejectCode::kStorage, "the user " + current_user() + " cannot read the data folder " + root.string() +
                                            ": " + std::generic_category().message(errno) +
                                            "; give it to this user, or use another --datadir");
  }
  if (::faccessat(AT_FDCWD, root.c_str(), W_OK, AT_EACCESS) != 0) {
    return reject(RejectCode::kStorage, "the user " + current_user() + " cannot write to the data folder " +
                                            root.string() + ": " + std::generic_category().message(errno) +
                                            "; give it to this user, or use another --datadir");
  }
  return {};
}

Result<FileDescriptor> take_lock(const DataPaths& paths) {
  auto lock = lock_file(paths.lock(), [&](int held) {
    return Reject{RejectCode::kStorage, "the data folder " + paths.root().string() + " is in use by " +
                                            holder_of(held) + "; stop that one, or use another --datadir"};
  });
  if (!lock) return lock;
  // For the message above only; the lock itself is the kernel's.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock->get(), 0) != 0 || ::pwrite(lock->get(), pid.data(), pid.size(), 0) < 0) {
    return tl::unexpected(storage_error("write", paths.lock(), errno));
  }
  return lock;
}

Result<SecretKey> read_miner_key(const fs::path& file) {
  const auto text = read_text_file(file, 1024);
  if (!text) return tl::unexpected(text.error());
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return tl::unexpected(storage_error("read", file, errno));
  if ((status.st_mode & 077) != 0) {
    return reject(RejectCode::kStorage, "the miner key " + file.string() + " can be read by other users; chmod 600 it");
  }
  const auto bytes = bytes_from_hex(std::string_view(*text).substr(0, text->find_last_not_of(" \t\r\n") + 1));
  const auto key = bytes && bytes->size() == 32 ? SecretKey::from_bytes(*bytes) : std::nullopt;
  if (!key)
    return reject(RejectCode::kStorage,
                  "the miner key " + file.string() +
                      " does not hold 64 hexadecimal digits of a secret key; restore it from a copy");
  return *key;
}

}  // namespace

Result<DataDir> DataDir::open(const fs::path& root) {
  if (auto made = make_folder(root); !made) return tl::unexpected(made.error());
  if (auto accessible = check_access(root); !accessible) return tl::unexpected(accessible.error());
  DataPaths paths(root);
  auto lock = take_lock(paths);
  if (!lock) return tl::unexpected(lock.error());
  return DataDir(std::move(paths), std::move(*lock));
}

Result<SecretKey> load_or_create_miner_key(const fs::path& file) {
  auto key = read_miner_key(file);
  if (key || key.error().code != RejectCode::kNotFound) return key;
  const auto fresh = SecretKey::generate();
  if (!fresh) return reject(RejectCode::kStorage, "the system's random generator gave no key for " + file.string());
  if (auto written = write_durably(file, to_hex(fresh->bytes()) + "\n", 0600); !written)
    return tl::unexpected(written.error());
  return *fresh;
}

}  // namespace freezenet::daemon
