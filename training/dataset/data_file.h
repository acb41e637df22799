#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::training {

/// A file of a dataset, open for reading: what a person put into a folder, and may be anything. Its size is known
/// before a byte is read, so that whoever allocates has checked it. One thread at a time. Closes itself.
class DataFile {
 public:
  /// kNotFound; kBadDataset for what is no plain file (a folder, a pipe, a chain of links that ends nowhere); kStorage
  /// where the system refuses. Never waits for a writer. Each names the file.
  static Result<DataFile> open(const std::filesystem::path& path);
  DataFile(DataFile&& other) noexcept;
  DataFile& operator=(DataFile&& other) noexcept;
  ~DataFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Fills `to` from `offset` on. kStorage where the file ends before or cannot be read.
  Result<> read(std::uint64_t offset, std::span<std::uint8_t> to) const;

 private:
  DataFile(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
  int fd_ = -1;
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
};

}  // namespace freezenet::training
