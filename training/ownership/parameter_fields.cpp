#include "training/ownership/parameter_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "consensus/base/hex.h"
#include "training/strict_json.h"

namespace freezenet::ownership {

namespace {

/// Longer than any binary64 needs.
constexpr std::size_t kMaxDecimal = 32;

std::optional<double> number_of(const nlohmann::json& value) {
  if (!value.is_string()) return {};
  const auto& text = value.get_ref<const std::string&>();
  if (text.empty() || text.size() > kMaxDecimal) return {};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return {};
  return number;
}

std::string range_text(double low, double high) { return decimal_text(low) + " to " + decimal_text(high); }

}  // namespace

ParameterFields::ParameterFields(const nlohmann::json& object) : object_(object) {
  if (!object.is_object()) refuse("the key's parameters are no object");
}

void ParameterFields::refuse(const std::string& sentence) {
  if (fault_.empty()) fault_ = sentence;
}

const nlohmann::json* ParameterFields::field(const char* name) {
  if (!fault_.empty()) return nullptr;
  known_.insert(name);
  const auto found = object_.find(name);
  if (found == object_.end()) {
    refuse("the key's field '" + std::string(name) + "' is missing");
    return nullptr;
  }
  return &*found;
}

const std::string* ParameterFields::text_field(const char* name, const std::string& wanted) {
  const nlohmann::json* value = field(name);
  if (value == nullptr) return nullptr;
  if (value->is_string()) return value->get_ptr<const std::string*>();
  refuse("the key's field '" + std::string(name) + "' must be " + wanted);
  return nullptr;
}

Bytes ParameterFields::bytes(const char* name, std::size_t size) {
  const std::string wanted = std::to_string(2 * size) + " lower-case hexadecimal digits";
  if (const std::string* text = text_field(name, wanted)) {
    if (auto out = bytes_from_hex(text->size() == 2 * size ? *text : ""); out && out->size() == size) {
      if (to_hex(ByteView(*out)) == *text) return *out;
    }
    refuse("the key's field '" + std::string(name) + "' must be " + wanted);
  }
  return Bytes(size);
}

Hash256 ParameterFields::seed(const char* name) {
  Hash256 out;
  const Bytes value = bytes(name, out.bytes.size());
  std::ranges::copy(value, out.bytes.begin());
  return out;
}

std::uint64_t ParameterFields::count(const char* name, std::uint64_t low, std::uint64_t high) {
  const nlohmann::json* value = field(name);
  if (value == nullptr) return low;
  if (value->is_number_integer() && (value->is_number_unsigned() || value->get<std::int64_t>() >= 0)) {
    const auto number = value->get<std::uint64_t>();
    if (number >= low && number <= high) return number;
  }
  refuse("the key's field '" + std::string(name) + "' must be a count of " + std::to_string(low) + " to " +
         std::to_string(high));
  return low;
}

double ParameterFields::decimal(const char* name, double low, double high) {
  const nlohmann::json* value = field(name);
  if (value == nullptr) return low;
  const auto number = number_of(*value);
  if (number && *number >= low && *number <= high) return *number;
  refuse("the key's field '" + std::string(name) + "' must be a decimal in quotes of " + range_text(low, high));
  return low;
}

std::vector<double> ParameterFields::decimals(const char* name, double low, double high, std::size_t most) {
  const nlohmann::json* value = field(name);
  if (value == nullptr) return {};
  std::vector<double> out;
  if (value->is_array() && value->size() <= most) {
    for (const auto& item : *value) {
      const auto number = number_of(item);
      if (!number || *number < low || *number > high) break;
      out.push_back(*number);
    }
    if (out.size() == value->size()) return out;
  }
  refuse("the key's field '" + std::string(name) + "' must be a list of at most " + std::to_string(most) +
         " decimals in quotes of " + range_text(low, high));
  return {};
}

std::size_t ParameterFields::word(const char* name, const std::vector<std::string_view>& words) {
  std::string wanted = "one of";
  for (const auto& word : words) wanted += (word == words.front() ? " '" : ", '") + std::string(word) + "'";
  if (const std::string* text = text_field(name, wanted)) {
    const auto found = std::ranges::find(words, *text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    refuse("the key's field '" + std::string(name) + "' must be " + wanted + ", not " + training::printable(*text));
  }
  return 0;
}

std::string ParameterFields::text(const char* name, std::size_t most) {
  const std::string wanted = "a text of 1 to " + std::to_string(most) + " printable characters";
  if (const std::string* value = text_field(name, wanted)) {
    const bool printable = std::ranges::all_of(*value, [](char c) { return c >= 0x20 && c < 0x7f; });
    if (!value->empty() && value->size() <= most && printable) return *value;
    refuse("the key's field '" + std::string(name) + "' must be " + wanted);
  }
  return {};
}

Result<> ParameterFields::finish() const {
  if (!fault_.empty()) return reject(RejectCode::kBadEncoding, fault_);
  for (const auto& item : object_.items()) {
    if (!known_.contains(item.key())) {
      return reject(RejectCode::kBadEncoding, "the key has no field " + training::printable(item.key()));
    }
  }
  return {};
}

std::string decimal_text(double value) {
  std::array<char, 32> out{};
  const auto end = std::to_chars(out.data(), out.data() + out.size(), value).ptr;
  return {out.data(), end};
}

std::vector<std::string> decimal_texts(const std::vector<double>& values) {
  std::vector<std::string> out;
  for (const double value : values) out.push_back(decimal_text(value));
  return out;
}

}  // namespace freezenet::ownership
