#include "training/dataset/cifar10.h"

#include <string>

#include "consensus/task.h"

namespace freezenet::training {

Result<std::uint32_t> cifar10_count(std::uint64_t file_size) {
  if (file_size == 0 || file_size % kCifarRecord != 0 || file_size / kCifarRecord > kMaxSamples) {
    return reject(RejectCode::kBadDataset, "has " + std::to_string(file_size) + " bytes, which is not 1 to " +
                                               std::to_string(kMaxSamples) + " records of " +
                                               std::to_string(kCifarRecord) + " bytes: fetch it again");
  }
  return static_cast<std::uint32_t>(file_size / kCifarRecord);
}

}  // namespace freezenet::training
