#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "consensus/base/bytes.h"
#include "training/dataset/cifar10.h"

namespace freezenet::training::test {

/// A folder with the files of a dataset as a person has them.
class DatasetFolder : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void write(const std::string& name, const Bytes& data) const {
    std::ofstream(folder / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  }
  static Bytes labels(const Bytes& values) {
    Bytes file{0, 0, 8, 1, 0, 0, 0, static_cast<std::uint8_t>(values.size())};
    for (const std::uint8_t value : values) file.push_back(value);  // insert() makes g++ 12 see a copy out of bounds
    return file;
  }
  /// `count` images of 2 x 3 pixels, which count up from `first`.
  static Bytes images(std::uint8_t count, std::uint8_t first) {
    Bytes file{0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 3};
    for (int i = 0; i < 6 * count; ++i) file.push_back(static_cast<std::uint8_t>(first + i));
    return file;
  }
  void write_idx() const {
    write("train-images-idx3-ubyte", images(3, 0));
    write("train-labels-idx1-ubyte", labels({2, 0, 1}));
    write("t10k-images-idx3-ubyte", images(2, 100));
    write("t10k-labels-idx1-ubyte", labels({4, 1}));
  }
  /// One record a file; its label and pixels are the file's number.
  void write_cifar10() const {
    for (std::size_t i = 0; i < kCifarFiles.size(); ++i) {
      write(std::string(kCifarFiles[i]), Bytes(kCifarRecord, static_cast<std::uint8_t>(i)));
    }
  }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("freezenet-folder-" + std::to_string(::getpid()) + "-" +
                                                testing::UnitTest::GetInstance()->current_test_info()->name());
};

}  // namespace freezenet::training::test
