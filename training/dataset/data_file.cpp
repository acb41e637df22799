#include "training/dataset/data_file.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace freezenet::training {

namespace {

tl::unexpected<Reject> system_error(const char* what, const std::filesystem::path& path, int error) {
  return reject(RejectCode::kStorage,
                std::string("cannot ") + what + " " + path.string() + ": " + std::generic_category().message(error));
}

}  // namespace

Result<DataFile> DataFile::open(const std::filesystem::path& path) {
  int fd = -1;
  do {
    // O_NONBLOCK: a pipe of that name must not make us wait for its writer.
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
    return reject(RejectCode::kNotFound, "there is no file " + path.string());
  if (fd < 0 && errno == ELOOP)
    return reject(RejectCode::kBadDataset, path.string() + " is a link that leads nowhere; put the file itself there");
  if (fd < 0) return system_error("open", path, errno);
  DataFile file(fd, path);
  struct stat status {};
  if (::fstat(fd, &status) != 0) return system_error("read", path, errno);
  if (!S_ISREG(status.st_mode))
    return reject(RejectCode::kBadDataset, path.string() + " is not a plain file; put the dataset's file there");
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  return file;
}

DataFile::DataFile(DataFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), size_(other.size_) {}

DataFile& DataFile::operator=(DataFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(size_, other.size_);
  return *this;
}

DataFile::~DataFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<> DataFile::read(std::uint64_t offset, std::span<std::uint8_t> to) const {
  while (!to.empty()) {
    // One call moves at most 2 GiB whatever it is asked for.
    const ssize_t got = ::pread(fd_, to.data(), to.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read", path_, errno);
    if (got == 0) return reject(RejectCode::kStorage, path_.string() + " became shorter while it was read");
    to = to.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

}  // namespace freezenet::training
