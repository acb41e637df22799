#include "daemon/durable_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace freezenet::daemon {

namespace {

/// Tries again while a signal interrupts.
template <typename Call>
auto uninterrupted(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

std::string advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return "; free some space on that disk";
    case EACCES:
    case EPERM: return "; give this user access to it";
    case EROFS: return "; the file system is mounted read-only";
    case EMFILE:
    case ENFILE: return "; raise the limit on open files (ulimit -n)";
    case EIO: return "; the disk reports an error: check it, and its cable, before anything else";
    default: return {};
  }
}

Result<> write_all(int fd, ByteView data, const std::filesystem::path& path) {
  while (!data.empty()) {
    const ssize_t written = uninterrupted([&] { return ::write(fd, data.data(), data.size()); });
    if (written < 0) return tl::unexpected(storage_error("write", path, errno));
    data = data.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

/// A new file of a name that begins with `path`; `name` gets the whole of it.
Result<FileDescriptor> make_temporary(const std::filesystem::path& path, std::string& name) {
  name = path.string() + std::string(kTemporaryMark) + "XXXXXX";
  FileDescriptor fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd) return tl::unexpected(storage_error("create a file in", folder_of(path), errno));
  return fd;
}

Result<> write_temporary(const FileDescriptor& fd, const std::filesystem::path& path, ByteView data, mode_t mode) {
  // mkostemp makes the file 0600; a mode of ours is applied before the first byte, whatever the umask.
  if (::fchmod(fd.get(), mode) != 0) return tl::unexpected(storage_error("set the mode of", path, errno));
  if (auto written = write_all(fd.get(), data, path); !written) return written;
  if (uninterrupted([&] { return ::fsync(fd.get()); }) != 0) return tl::unexpected(storage_error("sync", path, errno));
  return {};
}

Result<> sync(const std::filesystem::path& path, int flags) {
  const FileDescriptor fd(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags); }));
  if (!fd) return tl::unexpected(storage_error("open", path, errno));
  if (uninterrupted([&] { return ::fsync(fd.get()); }) != 0) return tl::unexpected(storage_error("sync", path, errno));
  return {};
}

}  // namespace

void FileDescriptor::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Reject storage_error(std::string_view what, const std::filesystem::path& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Reject{full ? RejectCode::kDiskFull : RejectCode::kStorage,
                "cannot " + std::string(what) + " " + path.string() + ": " + std::generic_category().message(error) +
                    advice(error)};
}

Result<FileDescriptor> lock_file(const std::filesystem::path& path, const std::function<Reject(int)>& in_use) {
  FileDescriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return tl::unexpected(storage_error("open", path, errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return tl::unexpected(storage_error("lock", path, errno));
  return tl::unexpected(in_use(lock.get()));
}

Result<> sync_folder(const std::filesystem::path& folder) { return sync(folder, O_DIRECTORY); }

Result<> sync_file(const std::filesystem::path& file) { return sync(file, 0); }

Result<> write_durably(const std::filesystem::path& path, ByteView data, mode_t mode) {
  std::string temporary;
  auto fd = make_temporary(path, temporary);
  if (!fd) return tl::unexpected(fd.error());

  auto written = write_temporary(*fd, path, data, mode);
  fd->reset();
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0)
    written = tl::unexpected(storage_error("rename to", path, errno));
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  // A rename is durable only once its folder is.
  return sync_folder(folder_of(path));
}

Result<> check_writable(const std::filesystem::path& folder) {
  std::string name;
  const auto fd = make_temporary(folder / "freezenet", name);
  if (!fd) return tl::unexpected(fd.error());
  ::unlink(name.c_str());
  return {};
}

Result<> write_durably(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  return write_durably(path, ByteView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), mode);
}

Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  // O_NONBLOCK: a fifo of that name must not make us wait for its writer.
  const FileDescriptor fd(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  if (!fd && (errno == ENOENT || errno == ENOTDIR))
    return reject(RejectCode::kNotFound, "there is no file " + path.string());
  if (!fd) return tl::unexpected(storage_error("open", path, errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return tl::unexpected(storage_error("read", path, errno));
  if (!S_ISREG(status.st_mode)) return reject(RejectCode::kStorage, path.string() + " is not a file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > max_bytes) {
    return reject(RejectCode::kTooLarge, path.string() + " has " + std::to_string(size) + " bytes, at most " +
                                             std::to_string(max_bytes) + " are read");
  }
  Bytes data(size);
  std::size_t at = 0;
  while (at < data.size()) {
    const ssize_t got = uninterrupted([&] { return ::read(fd.get(), data.data() + at, data.size() - at); });
    if (got < 0) return tl::unexpected(storage_error("read", path, errno));
    if (got == 0) break;  // it shrank meanwhile
    at += static_cast<std::size_t>(got);
  }
  data.resize(at);
  return data;
}

Result<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  auto data = read_file(path, max_bytes);
  if (!data) return tl::unexpected(data.error());
  return std::string(data->begin(), data->end());
}

}  // namespace freezenet::daemon
