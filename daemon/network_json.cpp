#include "daemon/network_json.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"
#include "daemon/json_fields.h"
#include "daemon/strict_json.h"

namespace freezenet::daemon {

namespace {

using Json = nlohmann::ordered_json;

// Encodings bound these again; here they keep a hostile file from costing more than its own length.
constexpr std::size_t kMaxTasks = 16;
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

bool is_flat(const Json& value) {
  return std::none_of(value.begin(), value.end(), [](const Json& item) { return item.is_structured(); });
}

/// Like dump(2), but what fits stays on one line, and long lists of numbers fill lines: a table is not 256 lines long.
void lay_out(std::string& out, const Json& value, std::size_t indent) {
  constexpr std::size_t kWidth = 120;
  const std::string compact = value.dump(-1, ' ', true);
  if (!value.is_structured() || value.empty()) {
    out += compact;
    return;
  }
  std::string one_line;
  for (const auto& [key, item] : value.items()) {
    one_line += one_line.empty() ? "" : ", ";
    if (value.is_object()) one_line += Json(key).dump() + ": ";
    one_line += item.dump(-1, ' ', true);
  }
  if (is_flat(value) && indent > 0 && indent + one_line.size() + 4 <= kWidth) {
    out += value.is_object() ? "{ " + one_line + " }" : "[" + one_line + "]";
    return;
  }
  const std::string margin(indent + 2, ' ');
  const bool fill = value.is_array() && is_flat(value);
  out += value.is_object() ? "{" : "[";
  std::size_t column = kWidth;
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    const std::string text = fill ? item.dump() : std::string();
    out += first ? "" : ",";
    if (fill && !first && column + 2 + text.size() < kWidth) {
      out += " ";
    } else {
      out += "\n" + margin;
      column = margin.size();
    }
    if (value.is_object()) out += Json(key).dump() + ": ";
    if (fill)
      out += text;
    else
      lay_out(out, item, indent + 2);
    column += text.size() + 2;
    first = false;
  }
  out += "\n" + std::string(indent, ' ') + (value.is_object() ? "}" : "]");
}

// --- Reading ---

DatasetSpec read_dataset(const nlohmann::json& json, const std::string& path, JsonProblem& problem) {
  JsonFields in(json, path, problem);
  DatasetSpec dataset;
  dataset.name = in.text("name", kMaxNameLength);
  dataset.channels = in.integer<std::uint32_t>("channels");
  dataset.height = in.integer<std::uint32_t>("height");
  dataset.width = in.integer<std::uint32_t>("width");
  dataset.classes = in.integer<std::uint32_t>("classes");
  dataset.train_count = in.integer<std::uint32_t>("train_count");
  dataset.evaluation_count = in.integer<std::uint32_t>("evaluation_count");
  dataset.root = in.hash("root");
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

Task read_task(const nlohmann::json& json, const std::string& path, JsonProblem& problem) {
  JsonFields in(json, path, problem);
  Task task;
  task.name = in.text("name", kMaxNameLength);
  if (const nlohmann::json* dataset = in.value("dataset"))
    task.dataset = read_dataset(*dataset, in.path_of("dataset"), problem);
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

void read_ports(const nlohmann::json& json, Network& network, JsonProblem& problem) {
  JsonFields in(json, "ports", problem);
  network.p2p_port = in.integer<std::uint16_t>("p2p", 1);
  network.rpc_port = in.integer<std::uint16_t>("rpc", 1);
  in.finish();
}

/// The rules of consensus for parameters, also where the genesis time is still to come.
Result<> check_network(const Network& network) {
  NetworkParams params = network.params;
  if (network.leaves_genesis_time()) params.genesis_time = 1;
  const auto checked = check_params(params);
  if (!checked) return reject(RejectCode::kConfig, checked.error().message());
  return {};
}

}  // namespace

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
  for (const Layer& layer : task.layers) json["layers"].push_back(std::visit(LayerWriter{}, layer));
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

Json to_json(const Network& network) {
  const NetworkParams& p = network.params;
  Json json;
  json["name"] = p.name;
  json["magic"] = hex32_text(p.magic);
  json["address_prefix"] = p.address_prefix;
  json["ports"] = {{"p2p", network.p2p_port}, {"rpc", network.rpc_port}};
  json["genesis_time"] = p.genesis_time;
  json["genesis_bits"] = hex32_text(p.genesis_bits);
  json["limit_bits"] = hex32_text(p.limit_bits);
  json["retarget"] = p.retarget;
  json["interval"] = p.interval;
  json["half_life"] = p.half_life;
  json["subsidy"] = p.subsidy;
  json["halving_interval"] = p.halving_interval;
  json["maturity"] = p.maturity;
  json["adoption_window"] = p.adoption_window;
  json["tasks"] = Json::array();
  for (const Task& task : p.tasks) json["tasks"].push_back(to_json(task));
  return json;
}

std::string network_file_text(const Network& network) {
  std::string out;
  lay_out(out, to_json(network), 0);
  return out + "\n";
}

Result<Network> network_from_json(std::string_view text) {
  const auto json = parse_strict_json(text);
  if (!json) return tl::unexpected(json.error());
  JsonProblem problem;
  JsonFields in(*json, "", problem);
  Network network;
  NetworkParams& p = network.params;
  p.name = in.text("name", kMaxNameLength);
  p.magic = in.hex32("magic");
  p.address_prefix = in.text("address_prefix", kMaxNameLength);
  if (const nlohmann::json* ports = in.value("ports")) read_ports(*ports, network, problem);
  p.genesis_time = in.integer<std::uint64_t>("genesis_time");
  p.genesis_bits = in.hex32("genesis_bits");
  p.limit_bits = in.hex32("limit_bits");
  p.retarget = in.boolean("retarget");
  p.interval = in.integer<std::uint32_t>("interval");
  p.half_life = in.integer<std::uint32_t>("half_life");
  p.subsidy = in.integer<std::uint64_t>("subsidy");
  p.halving_interval = in.integer<std::uint32_t>("halving_interval");
  p.maturity = in.integer<std::uint32_t>("maturity");
  p.adoption_window = in.integer<std::uint32_t>("adoption_window");
  for (const nlohmann::json& task : in.list("tasks", kMaxTasks)) {
    p.tasks.push_back(read_task(task, "tasks[" + std::to_string(p.tasks.size()) + "]", problem));
  }
  in.finish();
  if (auto read = problem.status(); !read) return tl::unexpected(read.error());
  if (auto checked = check_network(network); !checked) return tl::unexpected(checked.error());
  return network;
}

}  // namespace freezenet::daemon
