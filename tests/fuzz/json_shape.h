#pragma once

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tests/fuzz/check.h"

namespace freezenet::fuzz {

/// How large a parsed value is, counted without the parser that made it.
struct JsonShape {
  std::size_t depth = 0;   ///< arrays and objects inside each other
  std::size_t values = 0;  ///< values, and keys
  std::size_t keys = 0;
};

inline void measure(const nlohmann::json& value, JsonShape& shape, std::size_t depth = 0) {
  ++shape.values;
  shape.depth = std::max(shape.depth, depth + (value.is_structured() ? 1 : 0));
  if (!value.is_structured()) return;
  // The parsers under test bound the depth; where one does not, this recursion ends the process, which is right.
  if (value.is_object()) shape.keys += value.size(), shape.values += value.size();
  for (const auto& item : value) measure(item, shape, depth + 1);
}

/// Counts the keys that stand in a text. A key that stands twice in one object is one key less in the value.
class KeyCounter final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::size_t keys = 0;
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_object() override { return true; }
  bool end_array() override { return true; }
  bool key(string_t&) override { return ++keys != 0; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }
};

/// What every parser of JSON here promises of a text that it accepted.
inline JsonShape require_whole_json(std::string_view text, const nlohmann::json& value, bool comments) {
  // The library takes a zero byte for the end of its input.
  require(text.find('\0') == text.npos, "nothing hides behind a zero byte");
  KeyCounter counter;
  const auto format = nlohmann::detail::input_format_t::json;
  require(nlohmann::json::sax_parse(text, &counter, format, true, comments), "what is accepted is JSON");
  JsonShape shape;
  measure(value, shape);
  require(counter.keys == shape.keys, "no key stands twice in one object");
  require(nlohmann::json::parse(value.dump(), nullptr, false) == value, "decode(encode(decode(x))) == decode(x)");
  return shape;
}

}  // namespace freezenet::fuzz
