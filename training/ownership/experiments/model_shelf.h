#pragma once

#include <filesystem>
#include <string>

#include "consensus/base/result.h"
#include "training/ownership/classifier.h"

namespace freezenet::experiments {

/// Trained models that later points start from, one file each in a folder: SHA-256, then the state as float32. A file
/// that is missing, cut off or another model's is as if it were not there: the model is trained again.
class ModelShelf {
 public:
  explicit ModelShelf(std::filesystem::path folder) : folder_(std::move(folder)) {}

  [[nodiscard]] bool load(const std::string& name, ownership::Classifier& model) const;
  /// Makes the folder where it is missing. kStorage.
  Result<> save(const std::string& name, const ownership::Classifier& model) const;

 private:
  [[nodiscard]] std::filesystem::path file_of(const std::string& name) const { return folder_ / (name + ".weights"); }
  std::filesystem::path folder_;
};

}  // namespace freezenet::experiments
