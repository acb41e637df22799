#include "daemon/task_json.h"

#include <array>

#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"
#include "daemon/strict_json.h"

namespace freezenet::daemon {

namespace {

using Json = nlohmann::ordered_json;

// Encodings bound these again; here they keep a hostile file from costing more than its own length.
constexpr std::size_t kMaxTables = 16;
constexpr std::size_t kMaxLayers = 1024;
constexpr std::size_t kMaxRateCount = 1024;
constexpr std::size_t kMaxNameLength = 64;

// --- Writing ---

struct LayerWriter {
  Json operator()(const Conv2d& l) const {
    return {{"kind", "conv2d"},
            {"out_channels", l.out_channels},
            {"kernel", l.kernel},
            {"stride", l.stride},
            {"padding", l.padding}};
  }
  Json operator()(const Relu&) const { return {{"kind", "relu"}}; }
  Json operator()(const MaxPool& l) const { return {{"kind", "max_pool"}, {"kernel", l.kernel}, {"stride", l.stride}}; }
  Json operator()(const Flatten&) const { return {{"kind", "flatten"}}; }
  Json operator()(const Linear& l) const { return {{"kind", "linear"}, {"out_features", l.out_features}}; }
  Json operator()(const AvgPool& l) const { return {{"kind", "avg_pool"}, {"kernel", l.kernel}, {"stride", l.stride}}; }
  Json operator()(const GroupNorm& l) const {
    return {{"kind", "group_norm"}, {"groups", l.groups}, {"epsilon", float_to_json(l.epsilon)}};
  }
  Json operator()(const ResidualAdd& l) const { return {{"kind", "residual_add"}, {"activation", l.activation}}; }
};

template <typename Range>
Json reals_to_json(const Range& numbers) {
  Json list = Json::array();
  for (const float number : numbers) list.push_back(Json(float_to_json(number)));
  return list;
}

// --- Reading ---

/// `unpinned` nullptr: there must be a root. Else it is told whether there is none.
DatasetSpec read_dataset(const nlohmann::json& json, const std::string& path, JsonProblem& problem, bool* unpinned) {
  JsonFields in(json, path, problem);
  DatasetSpec dataset;
  dataset.name = in.text("name", kMaxNameLength);
  dataset.channels = in.integer<std::uint32_t>("channels");
  dataset.height = in.integer<std::uint32_t>("height");
  dataset.width = in.integer<std::uint32_t>("width");
  dataset.classes = in.integer<std::uint32_t>("classes");
  dataset.train_count = in.integer<std::uint32_t>("train_count");
  dataset.evaluation_count = in.integer<std::uint32_t>("evaluation_count");
  const nlohmann::json* root = in.value("root");
  if (root != nullptr && root->is_string() && root->get_ref<const std::string&>() == kUnpinned) {
    if (unpinned != nullptr)
      *unpinned = true;
    else
      in.report("root", "is not known yet: 'freezenet-lab task pin FILE DIR' writes it into a task's file");
  } else {
    dataset.root = in.hash("root");
  }
  in.finish();
  return dataset;
}

Layer read_layer(const nlohmann::json& json, const std::string& path, JsonProblem& problem) {
  JsonFields in(json, path, problem);
  const std::string kind = in.text("kind", kMaxNameLength);
  Layer layer = Relu{};
  if (kind == "conv2d") {
    Conv2d conv;
    conv.out_channels = in.integer<std::uint32_t>("out_channels");
    conv.kernel = in.integer<std::uint32_t>("kernel");
    conv.stride = in.integer<std::uint32_t>("stride");
    conv.padding = in.integer<std::uint32_t>("padding");
    layer = conv;
  } else if (kind == "max_pool") {
    MaxPool pool;
    pool.kernel = in.integer<std::uint32_t>("kernel");
    pool.stride = in.integer<std::uint32_t>("stride");
    layer = pool;
  } else if (kind == "linear") {
    layer = Linear{in.integer<std::uint32_t>("out_features")};
  } else if (kind == "avg_pool") {
    AvgPool pool;
    pool.kernel = in.integer<std::uint32_t>("kernel");
    pool.stride = in.integer<std::uint32_t>("stride");
    layer = pool;
  } else if (kind == "group_norm") {
    GroupNorm norm;
    norm.groups = in.integer<std::uint32_t>("groups");
    norm.epsilon = in.real("epsilon");
    layer = norm;
  } else if (kind == "residual_add") {
    layer = ResidualAdd{in.integer<std::uint32_t>("activation")};
  } else if (kind == "flatten") {
    layer = Flatten{};
  } else if (kind != "relu") {
    in.report("kind", "must be conv2d, relu, max_pool, flatten, linear, avg_pool, group_norm or residual_add");
  }
  in.finish();
  return layer;
}

/// A task without it has no such key, as its encoding has no such field.
Augmentation read_augmentation(const nlohmann::json& json, const std::string& path, JsonProblem& problem) {
  JsonFields in(json, path, problem);
  Augmentation augmentation;
  augmentation.crop_padding = in.integer<std::uint32_t>("crop_padding");
  augmentation.flip = in.boolean("flip");
  in.finish();
  if (augmentation == Augmentation{}) problem.report(path, "does nothing: leave it out");
  return augmentation;
}

std::vector<InputTable> read_tables(JsonFields& in, JsonProblem& problem) {
  std::vector<InputTable> tables;
  for (const nlohmann::json& json : in.list("inputs", kMaxTables)) {
    const std::string path = in.path_of("inputs") + "[" + std::to_string(tables.size()) + "]";
    if (!json.is_array() || json.size() != std::tuple_size_v<InputTable>) {
      problem.report(path, "must be a list of 256 numbers");
      return {};
    }
    InputTable& table = tables.emplace_back();
    for (std::size_t i = 0; i < table.size(); ++i) {
      const auto number = float_from_json(json[i]);
      if (!number) problem.report(path + "[" + std::to_string(i) + "]", "is not a number that binary32 can hold");
      table[i] = number.value_or(0.0F);
    }
  }
  return tables;
}

Task read_task_fields(const nlohmann::json& json, const std::string& path, JsonProblem& problem, bool* unpinned) {
  JsonFields in(json, path, problem);
  Task task;
  task.name = in.text("name", kMaxNameLength);
  if (const nlohmann::json* dataset = in.value("dataset"))
    task.dataset = read_dataset(*dataset, in.path_of("dataset"), problem, unpinned);
  task.inputs = read_tables(in, problem);
  if (const nlohmann::json* augmentation = in.value_if_any("augmentation"))
    task.augmentation = read_augmentation(*augmentation, in.path_of("augmentation"), problem);
  for (const nlohmann::json& layer : in.list("layers", kMaxLayers)) {
    task.layers.push_back(
        read_layer(layer, in.path_of("layers") + "[" + std::to_string(task.layers.size()) + "]", problem));
  }
  task.batch = in.integer<std::uint32_t>("batch");
  task.steps = in.integer<std::uint32_t>("steps");
  task.momentum = in.real("momentum");
  task.weight_decay = in.real("weight_decay");
  task.label_smoothing = in.real("label_smoothing");
  task.rate_period = in.integer<std::uint32_t>("rate_period");
  task.rates = in.reals("rates", kMaxRateCount);
  task.watermark_ppm = in.integer<std::uint32_t>("watermark_ppm");
  task.evaluation_slice = in.integer<std::uint32_t>("evaluation_slice");
  task.margin_ppm = in.integer<std::uint32_t>("margin_ppm");
  task.target_num = in.integer<std::uint32_t>("target_num");
  task.target_den = in.integer<std::uint32_t>("target_den");
  in.finish();
  return task;
}

}  // namespace

Json to_json(const Layer& layer) { return std::visit(LayerWriter{}, layer); }

Json to_json(const Task& task) {
  Json json;
  json["name"] = task.name;
  const DatasetSpec& data = task.dataset;
  json["dataset"] = {{"name", data.name},
                     {"channels", data.channels},
                     {"height", data.height},
                     {"width", data.width},
                     {"classes", data.classes},
                     {"train_count", data.train_count},
                     {"evaluation_count", data.evaluation_count},
                     {"root", to_hex(data.root)}};
  json["inputs"] = Json::array();
  for (const InputTable& table : task.inputs) json["inputs"].push_back(reals_to_json(table));
  if (const Augmentation& a = task.augmentation; a != Augmentation{})
    json["augmentation"] = {{"crop_padding", a.crop_padding}, {"flip", a.flip}};
  json["layers"] = Json::array();
  for (const Layer& layer : task.layers) json["layers"].push_back(to_json(layer));
  json["batch"] = task.batch;
  json["steps"] = task.steps;
  json["momentum"] = float_to_json(task.momentum);
  json["weight_decay"] = float_to_json(task.weight_decay);
  json["label_smoothing"] = float_to_json(task.label_smoothing);
  json["rate_period"] = task.rate_period;
  json["rates"] = reals_to_json(task.rates);
  json["watermark_ppm"] = task.watermark_ppm;
  json["evaluation_slice"] = task.evaluation_slice;
  json["margin_ppm"] = task.margin_ppm;
  json["target_num"] = task.target_num;
  json["target_den"] = task.target_den;
  return json;
}

Task read_task(const nlohmann::json& json, const std::string& path, JsonProblem& problem) {
  return read_task_fields(json, path, problem, nullptr);
}

Result<TaskFile> task_from_json(std::string_view text) {
  const auto json = parse_strict_json(text);
  if (!json) return tl::unexpected(json.error());
  JsonProblem problem;
  bool unpinned = false;
  TaskFile file{read_task_fields(*json, "", problem, &unpinned), true};
  file.pinned = !unpinned;
  if (auto read = problem.status(); !read) return tl::unexpected(read.error());
  if (auto checked = check_task(file.task); !checked) return reject(RejectCode::kConfig, checked.error().message());
  return file;
}

}  // namespace freezenet::daemon
