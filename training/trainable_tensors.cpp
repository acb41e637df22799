#include "training/trainable_tensors.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "training/strict_json.h"

namespace freezenet::training {

namespace {

/// What a batch norm measures and training does not move.
bool is_measured(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  constexpr std::array<std::string_view, 3> kBuffers{"running_mean", "running_var", "num_batches_tracked"};
  return std::ranges::find(kBuffers, last) != kBuffers.end();
}

bool is_floating(std::string_view dtype) { return dtype.starts_with('F') || dtype == "BF16"; }

}  // namespace

std::uint64_t TrainableTensors::weights() const {
  std::uint64_t total = 0;
  for (const FlatTensor& tensor : tensors) total += tensor.count();
  return total;
}

Result<TrainableTensors> trainable_tensors(const TensorFile& file) {
  TrainableTensors out;
  for (const TensorEntry& entry : file.tensors) {
    if (is_measured(entry.name)) continue;
    if (!is_floating(entry.dtype)) {
      out.left_out.push_back(printable(entry.name) + " (" + entry.dtype + ")");
      continue;
    }
    if (entry.dtype != "F32") {
      return reject(RejectCode::kConfig,
                    "tensor " + printable(entry.name) + " is of dtype " + entry.dtype +
                        ": FreezeNet's watermark is put into F32 weights, so convert the model first");
    }
    if (entry.begin == entry.end) continue;
    out.tensors.push_back({entry.name, entry.shape});
    out.at.push_back(file.data_at + entry.begin);
  }
  return out;
}

std::vector<float> read_weights(const TrainableTensors& model, ByteView file) {
  std::vector<float> weights(model.weights());
  std::uint64_t done = 0;
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    const std::uint64_t count = model.tensors[i].count();
    std::memcpy(weights.data() + done, file.data() + model.at[i], count * sizeof(float));
    done += count;
  }
  return weights;
}

void write_weights(const TrainableTensors& model, std::span<const float> weights, std::span<std::uint8_t> file) {
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    const std::uint64_t count = model.tensors[i].count();
    std::memcpy(file.data() + model.at[i], weights.data(), count * sizeof(float));
    weights = weights.subspan(count);
  }
}

}  // namespace freezenet::training
