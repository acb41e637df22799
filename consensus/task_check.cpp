#include <algorithm>
#include <bit>
#include <cmath>
#include <initializer_list>

#include "consensus/task.h"

namespace freezenet {
namespace {

bool good_name(const std::string& name) {
  return !name.empty() && name.size() <= kMaxTaskName && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// -0 equals +0 in every comparison, and would give one task two ids.
bool negative_zero(float value) { return std::bit_cast<std::uint32_t>(value) == 0x8000'0000U; }

/// [0, 1); false for NaN.
bool good_fraction(float value) { return value >= 0 && value < 1 && !negative_zero(value); }

bool good_rate(float rate) { return rate > 0 && rate <= kMaxRate; }

bool good_table(const InputTable& table) {
  return std::all_of(table.begin(), table.end(),
                     [](float value) { return std::isfinite(value) && !negative_zero(value); });
}

/// Shapes are the plan's; of a layer's own fields the real constants are checked here.
bool good_layer(const Layer& layer) {
  const auto* norm = std::get_if<GroupNorm>(&layer);
  return norm == nullptr || (norm->epsilon > 0 && norm->epsilon <= kMaxEpsilon);
}

bool between(std::uint64_t value, std::uint64_t low, std::uint64_t high) { return value >= low && value <= high; }

struct Rule {
  bool holds;
  const char* text;
};

Result<> first_broken(std::initializer_list<Rule> rules) {
  for (const Rule& rule : rules) {
    if (!rule.holds) return reject(RejectCode::kBadTask, rule.text);
  }
  return {};
}

}  // namespace

Result<> check_task(const Task& task, const TaskLimits& limits) {
  const DatasetSpec& data = task.dataset;
  const std::uint64_t samples_trained = std::uint64_t{task.steps} * task.batch;
  return first_broken({
      {good_name(task.name), "name: 1 to 32 characters of a-z, 0-9 and -"},
      {good_name(data.name), "dataset name: 1 to 32 characters of a-z, 0-9 and -"},
      {between(data.channels, 1, kMaxChannels), "dataset channels: 1 to 16"},
      {between(data.height, 1, kMaxSide) && between(data.width, 1, kMaxSide), "dataset height and width: 1 to 1024"},
      {between(data.classes, 2, kMaxClasses), "dataset classes: 2 to 256"},
      {data.train_count >= 1 && data.evaluation_count >= 1, "both splits of the dataset need samples"},
      {std::uint64_t{data.train_count} + data.evaluation_count <= kMaxSamples, "dataset: at most 2^26 samples"},
      {task.inputs.size() == data.channels, "inputs: one table for each channel"},
      {std::all_of(task.inputs.begin(), task.inputs.end(), good_table), "inputs: finite values, no -0"},
      // More would crop nothing but padding.
      {task.augmentation.crop_padding < std::min(data.height, data.width),
       "augmentation: crop_padding as large as the image"},
      {task.augmentation.crop_padding <= kMaxCropPadding, "augmentation: crop_padding of at most 32"},
      {between(task.layers.size(), 1, limits.max_layers), "layers: none, or more than the network allows"},
      {std::all_of(task.layers.begin(), task.layers.end(), good_layer),
       "layers: group norm's epsilon: above 0, at most 1"},
      {between(task.batch, 1, limits.max_batch), "batch: none, or more than the network allows"},
      // Its indices are drawn without replacement.
      {task.batch <= data.train_count, "batch: more than the training split has"},
      {between(task.steps, limits.min_steps, limits.max_steps), "steps: fewer or more than the network allows"},
      {good_fraction(task.momentum), "momentum: from 0 to below 1, no -0"},
      {good_fraction(task.weight_decay), "weight_decay: from 0 to below 1, no -0"},
      {good_fraction(task.label_smoothing), "label_smoothing: from 0 to below 1, no -0"},
      {task.rate_period >= 1, "rate_period: at least 1 block"},
      {between(task.rates.size(), 1, kMaxRates), "rates: 1 to 1024 values"},
      {std::all_of(task.rates.begin(), task.rates.end(), good_rate), "rates: above 0, at most 16"},
      // An empty watermark would be found in every model.
      {between(task.watermark_ppm, 1, kMaxWatermarkPpm), "watermark_ppm: 1 to 100000"},
      {between(task.evaluation_slice, 1, data.evaluation_count), "evaluation_slice: none, or more than the split has"},
      // Section 6: scoring a model may not cost more than training it.
      {task.evaluation_slice <= samples_trained, "evaluation_slice: more than steps * batch"},
      {task.margin_ppm <= kOneMillion, "margin_ppm: at most 1000000"},
      {task.target_num >= 1 && task.target_den >= 1, "target_num and target_den: not 0"},
  });
}

}  // namespace freezenet
