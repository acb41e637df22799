#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include <sys/types.h>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::daemon {

/// An open file. Closes it.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// kStorage (kDiskFull for ENOSPC and EDQUOT): "cannot WHAT PATH: TEXT OF ERRNO", with what an operator can do about it
/// where that is known (full disk, permissions).
Reject storage_error(std::string_view what, const std::filesystem::path& path, int error);

/// Temporary name in the same folder, write, sync, rename, sync the folder. After a power cut the file has its old or
/// its new content, whole. Leaves no temporary file behind when it fails.
Result<> write_durably(const std::filesystem::path& path, ByteView data, mode_t mode);
Result<> write_durably(const std::filesystem::path& path, std::string_view text, mode_t mode);

/// Whether a file can be made in the folder, by making one that nobody sees: permissions alone do not tell of a file
/// system that takes none.
Result<> check_writable(const std::filesystem::path& folder);

/// Holds the lock file until it is closed, or the process ends, however that dies; makes it where it is missing. Its
/// file stays when the lock goes: removing it would let two processes lock two files of one name. `in_use` makes the
/// refusal, from the descriptor, where another process holds it; else kStorage.
Result<FileDescriptor> lock_file(const std::filesystem::path& path, const std::function<Reject(int)>& in_use);

/// What was created, renamed or removed in the folder survives a power cut.
Result<> sync_folder(const std::filesystem::path& folder);
/// What was written to the file does.
Result<> sync_file(const std::filesystem::path& file);

/// The whole file. kNotFound; kTooLarge above `max_bytes`, before anything is allocated; kStorage for all else.
Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t max_bytes);
Result<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes);

/// Part of every temporary name, so that whoever opens a folder can tell what a crash left.
inline constexpr std::string_view kTemporaryMark = ".tmp-";

}  // namespace freezenet::daemon
