#include "daemon/wallet/wallet_storage.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace freezenet::daemon {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

Result<> remove_leftovers(const fs::path& file) {
  const std::string prefix = file.filename().string() + std::string(kTemporaryMark);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_of(file), error)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    ReplacedFile leftover(entry.path());
    if (::unlink(entry.path().c_str()) != 0) return tl::unexpected(storage_error("remove", entry.path(), errno));
    leftover.erase();
  }
  return {};
}

Result<WalletFile> decoded(const fs::path& file, const Result<Bytes>& data) {
  if (!data) return tl::unexpected(data.error());
  auto wallet = WalletFile::decode(*data);
  if (!wallet) return reject(wallet.error().code, file.string() + ": " + wallet.error().detail);
  return wallet;
}

}  // namespace

Result<FileDescriptor> claim_wallet(const fs::path& file) {
  // Beside the file: that one is replaced at each change, and a lock stays with the old one.
  auto lock = lock_file(file.string() + ".lock", [&](int) {
    return Reject{RejectCode::kStorage, "the wallet " + file.string() +
                                            " is in use by another process; stop that one, or use another "
                                            "--wallet-file"};
  });
  if (!lock) return lock;
  if (auto ok = remove_leftovers(file); !ok) return tl::unexpected(ok.error());
  return lock;
}

Result<WalletFile> read_wallet(const fs::path& file) {
  auto wallet = decoded(file, read_file(file, kMaxWalletBytes));
  if (!wallet) {
    if (wallet.error().code == RejectCode::kBadEncoding || wallet.error().code == RejectCode::kTruncated)
      wallet.error().detail += "; move it away and restore a backup (restorewallet)";
    return wallet;
  }
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return tl::unexpected(storage_error("read", file, errno));
  if ((status.st_mode & 077) != 0)
    return reject(RejectCode::kStorage, "the wallet " + file.string() + " can be read by other users; chmod 600 it");
  return wallet;
}

Result<WalletFile> read_backup(const fs::path& file) {
  if (!file.is_absolute())
    return reject(RejectCode::kConfig, "give the file's whole path: the node's folder is not yours");
  return decoded(file, read_file(file, kMaxWalletBytes));
}

Result<> write_backup(const fs::path& file, ByteView data) {
  if (!file.is_absolute())
    return reject(RejectCode::kConfig, "give the file's whole path: the node's folder is not yours");
  // Taken first, so that of two writers one is refused; replaced by the whole file then.
  const FileDescriptor name(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!name && errno == EEXIST)
    return reject(RejectCode::kWalletState, file.string() + " exists already; give another name");
  if (!name) return tl::unexpected(storage_error("create", file, errno));
  Result<> written = write_durably(file, data, 0600);
  if (written) {
    const auto read = read_file(file, kMaxWalletBytes);
    if (!read || !std::ranges::equal(*read, data))
      written = reject(RejectCode::kStorage, file.string() + " is not what was written; check that disk");
  }
  if (!written) ::unlink(file.c_str());
  return written;
}

ReplacedFile::ReplacedFile(const fs::path& file) : old_(::open(file.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)) {}

void ReplacedFile::erase() {
  struct stat status {};
  // Another name of the same bytes is somebody's own copy.
  if (!old_ || ::fstat(old_.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 0) return;
  const Bytes zeros(4096);
  for (off_t at = 0; at < status.st_size; at += static_cast<off_t>(zeros.size())) {
    const auto size = std::min<std::size_t>(zeros.size(), static_cast<std::size_t>(status.st_size - at));
    if (::pwrite(old_.get(), zeros.data(), size, at) < 0) return;
  }
  ::fsync(old_.get());
}

}  // namespace freezenet::daemon
