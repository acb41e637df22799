#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "consensus/base/serialize.h"

namespace freezenet {

/// A learning task as data (docs/protocol.md section 10). Real constants are binary32 and are encoded as their bits.

/// Version of the encoding itself, its first field. A task has one encoding: the version with augmentation is for those
/// that augment, the older one for all others, so that their ids stand.
inline constexpr std::uint32_t kTaskEncodingVersion = 1;
inline constexpr std::uint32_t kAugmentedTaskVersion = 2;

/// Bounds that hold on every network, because the encodings or the arithmetic rest on them.
inline constexpr std::size_t kMaxTaskName = 32;
inline constexpr std::uint32_t kMaxChannels = 16;
inline constexpr std::uint32_t kMaxSide = 1024;         ///< height and width of an input
inline constexpr std::uint32_t kMaxClasses = 256;       ///< a label is one byte
inline constexpr std::uint32_t kMaxSamples = 1U << 26;  ///< of both splits together
inline constexpr std::uint32_t kMaxCropPadding = 32;
inline constexpr float kMaxEpsilon = 1;
inline constexpr std::size_t kMaxRates = 1024;
inline constexpr float kMaxRate = 16;
/// Of any weight's magnitude: training that goes beyond it is void, a model that does is no model (docs/protocol.md
/// section 5).
inline constexpr float kLargestWeight = 0x1p16F;
inline constexpr std::uint32_t kMaxWatermarkPpm = 100'000;  ///< section 4: at most 10%
inline constexpr std::uint32_t kOneMillion = 1'000'000;

/// What a network allows a task to cost; checked before anything is allocated for it.
struct TaskLimits {
  std::uint64_t max_parameters = 64'000'000;
  std::uint64_t max_activation = 16'000'000;  ///< values of one sample, all layers together
  /// Values of one batch, input and all layers together: 1 GiB of them. The two limits beside it allow sixty times as
  /// much, and a node holds such buffers for its miner and for its verifier. Four blocks of two 3x3 convolutions on
  /// 32 x 32 pixels have 390 thousand values a sample: batches up to 691 fit.
  std::uint64_t max_batch_activation = 1ULL << 28;
  std::uint32_t max_batch = 1024;
  std::uint32_t max_steps = 4096;
  std::uint32_t max_layers = 64;
  std::uint32_t min_steps = 32;  ///< section 5: the prefix of another ticket's work is worth at most 1 / S
};

struct DatasetSpec {
  std::string name;  ///< at most 32 characters of [a-z0-9-]
  std::uint32_t channels = 0, height = 0, width = 0;
  std::uint32_t classes = 0;
  std::uint32_t train_count = 0;
  std::uint32_t evaluation_count = 0;
  Hash256 root;  ///< chunked_root of the canonical bytes: per sample label u8, then pixels u8 (c, h, w); training split
                 ///< first
  friend bool operator==(const DatasetSpec&, const DatasetSpec&) = default;
};

/// The pixel values as the network sees them: 256 constants a channel, so that no pixel is ever divided.
using InputTable = std::array<float, 256>;

/// What happens to the bytes of a training sample before its input tables (docs/protocol.md section 5).
struct Augmentation {
  std::uint32_t crop_padding = 0;  ///< a crop of the sample's size, up to so many pixels off in each direction
  bool flip = false;               ///< mirrored from left to right, every second time on average
  friend bool operator==(const Augmentation&, const Augmentation&) = default;
};

struct Conv2d {
  std::uint32_t out_channels = 0, kernel = 0, stride = 1, padding = 0;
  friend bool operator==(const Conv2d&, const Conv2d&) = default;
};
struct Relu {
  friend bool operator==(const Relu&, const Relu&) = default;
};
struct MaxPool {
  std::uint32_t kernel = 0, stride = 0;
  friend bool operator==(const MaxPool&, const MaxPool&) = default;
};
struct Flatten {
  friend bool operator==(const Flatten&, const Flatten&) = default;
};
struct Linear {
  std::uint32_t out_features = 0;
  friend bool operator==(const Linear&, const Linear&) = default;
};
/// The mean of each window.
struct AvgPool {
  std::uint32_t kernel = 0, stride = 0;
  friend bool operator==(const AvgPool&, const AvgPool&) = default;
};
/// Wu and He, "Group Normalization", 2018: channels in `groups` equal parts, biased variance, one weight and one bias a
/// channel.
struct GroupNorm {
  std::uint32_t groups = 0;
  float epsilon = 0;  ///< added to the variance
  friend bool operator==(const GroupNorm&, const GroupNorm&) = default;
};
/// Adds an earlier value to this layer's input.
struct ResidualAdd {
  std::uint32_t activation = 0;  ///< index into Plan::activations, 0 being the task's input
  friend bool operator==(const ResidualAdd&, const ResidualAdd&) = default;
};
using Layer = std::variant<Conv2d, Relu, MaxPool, Flatten, Linear, AvgPool, GroupNorm, ResidualAdd>;

struct Task {
  std::string name;  ///< at most 32 characters of [a-z0-9-]
  DatasetSpec dataset;
  std::vector<InputTable> inputs;  ///< one a channel
  Augmentation augmentation;       ///< of training batches; nothing is ever augmented for a score
  std::vector<Layer> layers;       ///< the last yields `classes` logits; softmax cross-entropy follows
  std::uint32_t batch = 0;         ///< B
  std::uint32_t steps = 0;         ///< S
  float momentum = 0, weight_decay = 0, label_smoothing = 0;
  std::uint32_t rate_period = 0;  ///< blocks for which one rate holds
  std::vector<float> rates;       ///< rate of height h: rates[min(h / rate_period, size - 1)]
  std::uint32_t watermark_ppm = 0;
  std::uint32_t evaluation_slice = 0;  ///< the first so many samples of the evaluation split
  std::uint32_t margin_ppm = 0;        ///< adoption: how far below the best recent score is still good
  std::uint32_t target_num = 1, target_den = 1;
  friend bool operator==(const Task&, const Task&) = default;

  /// Encoding version u32, then the fields in the order above, augmentation only where there is any; a layer is its
  /// kind (the index in Layer) as u8 and its fields.
  void encode(Writer& out) const;
  /// The inverse of encode(), for bytes that may be hostile: accepts only what encode() writes for a task that passes
  /// check_task(), which is applied here; shapes are checked by plan_of().
  static Result<Task> decode(ByteView data, const TaskLimits& limits = {});
  /// tagged("FreezeNet/task", encoding).
  [[nodiscard]] Hash256 id() const;
  [[nodiscard]] float rate_at(std::uint64_t height) const;
};

/// Every rule about single fields and pairs of them (names, counts, real constants, ratios), in constant time and
/// memory: kBadTask with the field's name.
Result<> check_task(const Task& task, const TaskLimits& limits = {});

/// Shape of the values between layers, for one sample. A flat vector is channels x 1 x 1.
struct Activation {
  std::uint32_t channels = 0, height = 0, width = 0;
  [[nodiscard]] std::uint64_t size() const { return std::uint64_t{channels} * height * width; }
  friend bool operator==(const Activation&, const Activation&) = default;
};

/// One trainable tensor, in task order: "0.weight", "0.bias", ... named by the layer's index, as PyTorch names a
/// Sequential's.
struct TensorSpec {
  std::string name;
  /// Conv weight {out, in, k, k}; linear weight {out, in}; group norm weight {channels}; bias {out}.
  std::vector<std::uint32_t> shape;
  std::uint64_t offset = 0;  ///< first element in the model's flat buffer
  std::uint64_t count = 0;
  float initial = 0;  ///< genesis value of a tensor of rank 1: 1 for a group norm's weight, else +0
  [[nodiscard]] std::uint64_t fan_in() const { return count / shape[0]; }
};

/// Everything that follows from a task's layers. Computed once by plan_of(), which is also the whole check of the task
/// (check_task() and the shapes): kBadTask.
struct Plan {
  std::vector<Activation> activations;  ///< activations[0] is the input; activations[i + 1] leaves layer i
  std::vector<TensorSpec> tensors;
  std::uint64_t parameters = 0;
  [[nodiscard]] std::uint64_t model_bytes() const { return parameters * 4; }
};

/// Output side of a convolution (H + 2p - k) / s + 1, rounded down; a pooling has p = 0. Windows must fit, padding is
/// below the kernel (else some window would hold nothing but padding), a linear layer needs a flat input, groups divide
/// the channels, a residual add names its own input or an activation before it, of the same shape, and the last layer
/// leaves `classes` x 1 x 1. All in 64 bits that are checked, so hostile sizes end in kBadTask and not in a small
/// number.
Result<Plan> plan_of(const Task& task, const TaskLimits& limits = {});

}  // namespace freezenet
