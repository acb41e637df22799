#include "daemon/lab/watermark_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"

namespace freezenet::lab {

namespace {

/// Any text as JSON in plain characters: nothing that steers a terminal.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// A name as it is where a table takes it so, else as JSON in a table's quotes.
std::string csv_field(const std::string& name) {
  const auto plain = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != ','; };
  if (!name.empty() && std::ranges::all_of(name, plain)) return name;
  std::string out = "\"";
  for (const char c : quoted(name)) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string decimal(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", static_cast<double>(value));
  return text;
}

/// Where a position of the flat buffer lies: calls `take` with tensor, element within it and value, in the order drawn.
template <typename Take>
void for_each(const PlacedWatermark& placed, const Take& take) {
  std::vector<std::uint64_t> ends;
  for (const training::FlatTensor& tensor : placed.model.tensors)
    ends.push_back((ends.empty() ? 0 : ends.back()) + tensor.count());
  for (std::size_t i = 0; i < placed.watermark.positions.size(); ++i) {
    const std::uint64_t position = placed.watermark.positions[i];
    const auto which = static_cast<std::size_t>(std::ranges::upper_bound(ends, position) - ends.begin());
    take(which, position - (which == 0 ? 0 : ends[which - 1]), placed.watermark.values[i]);
  }
}

}  // namespace

void print_watermark_csv(const PlacedWatermark& placed, std::ostream& out) {
  std::vector<std::string> names;
  for (const training::FlatTensor& tensor : placed.model.tensors) names.push_back(csv_field(tensor.name));
  out << "tensor,element,value\n";
  for_each(placed, [&](std::size_t tensor, std::uint64_t element, float value) {
    out << names[tensor] << ',' << element << ',' << decimal(value) << '\n';
  });
}

void print_watermark_json(const PlacedWatermark& placed, std::ostream& out) {
  std::vector<std::string> names;
  for (const training::FlatTensor& tensor : placed.model.tensors) names.push_back(quoted(tensor.name));
  out << "{\n  \"seed\": \"" << to_hex(placed.seed) << "\",\n  \"weights\": " << placed.watermark.weights
      << ",\n  \"positions\": [";
  const char* separator = "\n";
  for_each(placed, [&](std::size_t tensor, std::uint64_t element, float value) {
    out << separator << "    {\"tensor\": " << names[tensor] << ", \"element\": " << element
        << ", \"value\": " << decimal(value) << "}";
    separator = ",\n";
  });
  out << "\n  ]\n}\n";
}

std::string watermark_text(const PlacedWatermark& placed) {
  return "seed " + to_hex(placed.seed) + "\npositions " + std::to_string(placed.watermark.positions.size()) + " of " +
         std::to_string(placed.watermark.weights) + " weights\n";
}

std::string verified_text(const Verified& verified) {
  const training::FlatWatermarkCheck& found = verified.check;
  char text[512];
  std::snprintf(text, sizeof text,
                "positions checked %llu\npositions differing %llu\nlargest difference %.9g\nchance of a model without "
                "this watermark to pass: below 10^%.0f\n%s\n",
                static_cast<unsigned long long>(found.positions), static_cast<unsigned long long>(found.differing),
                static_cast<double>(found.largest_difference), std::ceil(verified.log10_chance),
                found.passed() ? "the watermark is there" : "the watermark is not there");
  return "seed " + to_hex(verified.placed.seed) + "\n" + text;
}

std::string verified_json(const Verified& verified) {
  const training::FlatWatermarkCheck& found = verified.check;
  const nlohmann::ordered_json all = {
      {"seed", to_hex(verified.placed.seed)},  {"checked", found.positions},
      {"differing", found.differing},          {"largest_difference", found.largest_difference},
      {"log10_chance", verified.log10_chance}, {"verified", found.passed()}};
  return all.dump(2) + "\n";
}

}  // namespace freezenet::lab
