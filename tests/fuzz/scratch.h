#pragma once

#include <filesystem>
#include <string>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/check.h"

namespace freezenet::fuzz {

/// A folder for the decoders that open their file themselves; in memory where the system has such a place. Removed at
/// the end of the process, unless that crashes.
class Scratch {
 public:
  Scratch() {
    std::error_code ignored;
    const bool memory = std::filesystem::is_directory("/dev/shm", ignored) && ::access("/dev/shm", W_OK) == 0;
    std::string name = std::string(memory ? "/dev/shm" : "/tmp") + "/freezenet-fuzz-XXXXXX";
    require(::mkdtemp(name.data()) != nullptr, "a folder for files can be made");
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Writes a file whole, for its owner only.
  std::filesystem::path write(const std::string& name, ByteView data) const {
    const std::filesystem::path file = path_ / name;
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool written =
        fd >= 0 && (data.empty() || ::write(fd, data.data(), data.size()) == static_cast<ssize_t>(data.size()));
    ::close(fd);
    require(written, "a file can be written");
    return file;
  }

  /// Whether the file still holds what was written: no reader may touch what it refuses.
  [[nodiscard]] static bool holds(const std::filesystem::path& file, ByteView data) {
    Bytes found(data.size() + 1);
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const ssize_t size = fd < 0 ? -1 : ::read(fd, found.data(), found.size());
    ::close(fd);
    return size == static_cast<ssize_t>(data.size()) && same(ByteView(found).first(data.size()), data);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace freezenet::fuzz
