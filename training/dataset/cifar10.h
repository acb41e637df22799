#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::training {

/// The binary version of CIFAR-10 (https://www.cs.toronto.edu/~kriz/cifar.html): records of one label and 3 x 32 x 32
/// pixels, channel after channel, without a header. A record is a sample of the canonical bytes (dataset.h) as it
/// stands.
inline constexpr std::uint32_t kCifarChannels = 3, kCifarSide = 32, kCifarClasses = 10;
inline constexpr std::size_t kCifarRecord = 1 + std::size_t{kCifarChannels} * kCifarSide * kCifarSide;

/// The files in the order of the samples; all but the last are the training split.
inline constexpr std::array<std::string_view, 6> kCifarFiles = {"data_batch_1.bin", "data_batch_2.bin",
                                                                "data_batch_3.bin", "data_batch_4.bin",
                                                                "data_batch_5.bin", "test_batch.bin"};

/// Records of a file of this size, before anything is allocated for it. kBadDataset, in words that go after the file's
/// name: no record, more than kMaxSamples, or a part of one.
Result<std::uint32_t> cifar10_count(std::uint64_t file_size);

}  // namespace freezenet::training
