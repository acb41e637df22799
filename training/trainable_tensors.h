#pragma once

#include "training/flat_watermark.h"
#include "training/tensor_file.h"

namespace freezenet::training {

/// The weights of a file as one flat buffer: what training moves, in the order in which it lies in the file.
struct TrainableTensors {
  std::vector<FlatTensor> tensors;    ///< those that have an element
  std::vector<std::uint64_t> at;      ///< first byte of each in the file
  std::vector<std::string> left_out;  ///< "'NAME' (DTYPE)" of whole numbers, which are no weights
  [[nodiscard]] std::uint64_t weights() const;
};

/// The F32 tensors but for a batch norm's running_mean and running_var. Whole numbers are left out. kConfig where a
/// weight is of another floating-point type: a watermark over the rest would not be over the model.
Result<TrainableTensors> trainable_tensors(const TensorFile& file);

/// The flat buffer out of the bytes of the file, and into them: all bits stay as they are. `weights` has
/// model.weights() elements.
std::vector<float> read_weights(const TrainableTensors& model, ByteView file);
void write_weights(const TrainableTensors& model, std::span<const float> weights, std::span<std::uint8_t> file);

}  // namespace freezenet::training
