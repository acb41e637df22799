#include "consensus/task.h"

#include <algorithm>

#include "consensus/crypto/sha256.h"

namespace freezenet {
namespace {

/// A bound on the encoded layer list for any network; TaskLimits::max_layers is the tighter one.
constexpr std::uint64_t kMaxEncodedLayers = 1024;
constexpr std::size_t kTableBytes = sizeof(InputTable);

void encode_dataset(const DatasetSpec& dataset, Writer& out) {
  out.text(dataset.name).integer(dataset.channels).integer(dataset.height).integer(dataset.width);
  out.integer(dataset.classes).integer(dataset.train_count).integer(dataset.evaluation_count).hash(dataset.root);
}

DatasetSpec read_dataset(Reader& in) {
  DatasetSpec dataset;
  dataset.name = in.text(kMaxTaskName);
  dataset.channels = in.integer<std::uint32_t>();
  dataset.height = in.integer<std::uint32_t>();
  dataset.width = in.integer<std::uint32_t>();
  dataset.classes = in.integer<std::uint32_t>();
  dataset.train_count = in.integer<std::uint32_t>();
  dataset.evaluation_count = in.integer<std::uint32_t>();
  dataset.root = in.hash();
  return dataset;
}

struct EncodeFields {
  Writer& out;
  void operator()(const Conv2d& layer) const {
    out.integer(layer.out_channels).integer(layer.kernel).integer(layer.stride).integer(layer.padding);
  }
  void operator()(const MaxPool& layer) const { out.integer(layer.kernel).integer(layer.stride); }
  void operator()(const Linear& layer) const { out.integer(layer.out_features); }
  void operator()(const Relu&) const {}
  void operator()(const Flatten&) const {}
  void operator()(const AvgPool& layer) const { out.integer(layer.kernel).integer(layer.stride); }
  void operator()(const GroupNorm& layer) const { out.integer(layer.groups).float_bits(layer.epsilon); }
  void operator()(const ResidualAdd& layer) const { out.integer(layer.activation); }
};

void encode_layer(const Layer& layer, Writer& out) {
  out.integer(static_cast<std::uint8_t>(layer.index()));
  std::visit(EncodeFields{out}, layer);
}

Layer read_layer(Reader& in) {
  // The kinds are the indices of Layer; a kind keeps its number for ever.
  switch (const auto kind = in.integer<std::uint8_t>()) {
    case 0: {
      Conv2d layer;
      layer.out_channels = in.integer<std::uint32_t>();
      layer.kernel = in.integer<std::uint32_t>();
      layer.stride = in.integer<std::uint32_t>();
      layer.padding = in.integer<std::uint32_t>();
      return layer;
    }
    case 1: return Relu{};
    case 2: {
      MaxPool layer;
      layer.kernel = in.integer<std::uint32_t>();
      layer.stride = in.integer<std::uint32_t>();
      return layer;
    }
    case 3: return Flatten{};
    case 4: return Linear{in.integer<std::uint32_t>()};
    case 5: {
      AvgPool layer;
      layer.kernel = in.integer<std::uint32_t>();
      layer.stride = in.integer<std::uint32_t>();
      return layer;
    }
    case 6: {
      GroupNorm layer;
      layer.groups = in.integer<std::uint32_t>();
      layer.epsilon = in.float_bits();
      return layer;
    }
    case 7: return ResidualAdd{in.integer<std::uint32_t>()};
    default: in.fail(RejectCode::kBadEncoding, "layer kind " + std::to_string(kind)); return Relu{};
  }
}

void encode_augmentation(const Augmentation& augmentation, Writer& out) {
  out.integer(augmentation.crop_padding).integer(static_cast<std::uint8_t>(augmentation.flip ? 1 : 0));
}

Augmentation read_augmentation(Reader& in) {
  Augmentation augmentation;
  augmentation.crop_padding = in.integer<std::uint32_t>();
  const auto flip = in.integer<std::uint8_t>();
  if (flip > 1) in.fail(RejectCode::kBadEncoding, "augmentation: flip is " + std::to_string(flip));
  augmentation.flip = flip == 1;
  // The same task has an encoding, and an id, without it.
  if (augmentation == Augmentation{}) in.fail(RejectCode::kBadEncoding, "augmentation that does nothing");
  return augmentation;
}

}  // namespace

void Task::encode(Writer& out) const {
  const bool augments = augmentation != Augmentation{};
  out.integer(augments ? kAugmentedTaskVersion : kTaskEncodingVersion).text(name);
  encode_dataset(dataset, out);
  out.compact_size(inputs.size());
  for (const InputTable& table : inputs) {
    for (const float value : table) out.float_bits(value);
  }
  if (augments) encode_augmentation(augmentation, out);
  out.compact_size(layers.size());
  for (const Layer& layer : layers) encode_layer(layer, out);
  out.integer(batch).integer(steps);
  out.float_bits(momentum).float_bits(weight_decay).float_bits(label_smoothing);
  out.integer(rate_period).compact_size(rates.size());
  for (const float rate : rates) out.float_bits(rate);
  out.integer(watermark_ppm).integer(evaluation_slice).integer(margin_ppm).integer(target_num).integer(target_den);
}

Result<Task> Task::decode(ByteView data, const TaskLimits& limits) {
  Reader in(data);
  const auto version = in.integer<std::uint32_t>();
  if (version != kTaskEncodingVersion && version != kAugmentedTaskVersion) {
    in.fail(RejectCode::kBadEncoding, "task encoding of unknown version " + std::to_string(version));
  }
  Task task;
  task.name = in.text(kMaxTaskName);
  task.dataset = read_dataset(in);
  task.inputs.resize(in.count(kMaxChannels, kTableBytes));
  for (InputTable& table : task.inputs) {
    for (float& value : table) value = in.float_bits();
  }
  if (version == kAugmentedTaskVersion) task.augmentation = read_augmentation(in);
  const std::size_t layer_count = in.count(kMaxEncodedLayers, 1);
  for (std::size_t i = 0; i < layer_count && !in.failed(); ++i) task.layers.push_back(read_layer(in));
  task.batch = in.integer<std::uint32_t>();
  task.steps = in.integer<std::uint32_t>();
  task.momentum = in.float_bits();
  task.weight_decay = in.float_bits();
  task.label_smoothing = in.float_bits();
  task.rate_period = in.integer<std::uint32_t>();
  task.rates.resize(in.count(kMaxRates, sizeof(float)));
  for (float& rate : task.rates) rate = in.float_bits();
  task.watermark_ppm = in.integer<std::uint32_t>();
  task.evaluation_slice = in.integer<std::uint32_t>();
  task.margin_ppm = in.integer<std::uint32_t>();
  task.target_num = in.integer<std::uint32_t>();
  task.target_den = in.integer<std::uint32_t>();
  if (auto done = in.finish(); !done) return tl::unexpected<Reject>(done.error());
  if (auto sound = check_task(task, limits); !sound) return tl::unexpected<Reject>(sound.error());
  return task;
}

Hash256 Task::id() const {
  Writer out;
  encode(out);
  return tagged_hash("FreezeNet/task", out.data());
}

float Task::rate_at(std::uint64_t height) const {
  return rates[static_cast<std::size_t>(std::min<std::uint64_t>(height / rate_period, rates.size() - 1))];
}

}  // namespace freezenet
