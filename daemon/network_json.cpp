#include "daemon/network_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"
#include "daemon/assumption_text.h"
#include "daemon/json_fields.h"
#include "daemon/strict_json.h"
#include "daemon/task_json.h"

namespace freezenet::daemon {

namespace {

using Json = nlohmann::ordered_json;

// Encodings bound these again; here they keep a hostile file from costing more than its own length.
constexpr std::size_t kMaxTasks = 16;
constexpr std::size_t kMaxNameLength = 64;

// --- Writing ---

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

void read_ports(const nlohmann::json& json, Network& network, JsonProblem& problem) {
  JsonFields in(json, "ports", problem);
  network.p2p_port = in.integer<std::uint16_t>("p2p", 1);
  network.rpc_port = in.integer<std::uint16_t>("rpc", 1);
  in.finish();
}

Assumption read_assumption(const nlohmann::json& json, JsonProblem& problem) {
  JsonFields in(json, "assumevalid", problem);
  Assumption assumption;
  assumption.height = in.integer<std::uint64_t>("height", 1, kMaxAssumedHeight);
  assumption.block = in.hash("block");
  assumption.canonical_root = in.hash("canonical_root");
  in.finish();
  return assumption;
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

Json to_json(const Network& network) {
  const NetworkParams& p = network.params;
  Json json;
  json["name"] = p.name;
  json["magic"] = hex32_text(p.magic);
  json["address_prefix"] = p.address_prefix;
  json["ports"] = {{"p2p", network.p2p_port}, {"rpc", network.rpc_port}};
  if (network.assumed) {
    json["assumevalid"] = {{"height", network.assumed->height},
                           {"block", to_hex(network.assumed->block)},
                           {"canonical_root", to_hex(network.assumed->canonical_root)}};
  }
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
  if (const nlohmann::json* assumed = in.value_if_any("assumevalid"))
    network.assumed = read_assumption(*assumed, problem);
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
