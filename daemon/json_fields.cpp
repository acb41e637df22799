#include "daemon/json_fields.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include "consensus/base/hex.h"
#include "consensus/base/nearest_name.h"

namespace freezenet::daemon {

namespace {

std::optional<std::uint32_t> parse_hex32(std::string_view text) {
  if (text.size() != 10 || !text.starts_with("0x")) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

JsonFields::JsonFields(const nlohmann::json& value, std::string path, JsonProblem& problem)
    : object_(value), path_(std::move(path)), problem_(problem) {
  if (!value.is_object()) problem_.report(path_, "must be an object: { ... }");
}

std::string JsonFields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

const nlohmann::json* JsonFields::value_if_any(std::string_view key) {
  known_.push_back(key);
  if (problem_.found()) return nullptr;
  const auto found = object_.find(key);
  return found != object_.end() ? &*found : nullptr;
}

const nlohmann::json* JsonFields::value(std::string_view key) {
  const nlohmann::json* found = value_if_any(key);
  if (found == nullptr) report(key, "is missing");
  return found;
}

std::uint64_t JsonFields::integer_between(std::string_view key, std::uint64_t minimum, std::uint64_t maximum) {
  const nlohmann::json* found = value(key);
  if (found == nullptr) return 0;
  if (found->is_number_unsigned()) {
    const auto number = found->get<std::uint64_t>();
    if (number >= minimum && number <= maximum) return number;
  }
  report(key, "must be a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum));
  return 0;
}

std::uint32_t JsonFields::hex32(std::string_view key) {
  const nlohmann::json* found = value(key);
  if (found == nullptr) return 0;
  const auto parsed = found->is_string() ? parse_hex32(found->get_ref<const std::string&>()) : std::nullopt;
  if (!parsed) report(key, "must be \"0x\" and eight hexadecimal digits");
  return parsed.value_or(0);
}

bool JsonFields::boolean(std::string_view key) {
  const nlohmann::json* found = value(key);
  if (found == nullptr) return false;
  if (!found->is_boolean()) report(key, "must be true or false");
  return found->is_boolean() && found->get<bool>();
}

std::string JsonFields::text(std::string_view key, std::size_t max_length) {
  const nlohmann::json* found = value(key);
  if (found == nullptr) return {};
  if (found->is_string() && found->get_ref<const std::string&>().size() <= max_length) return found->get<std::string>();
  report(key, "must be a text of at most " + std::to_string(max_length) + " characters");
  return {};
}

Hash256 JsonFields::hash(std::string_view key) {
  const nlohmann::json* found = value(key);
  if (found == nullptr) return {};
  const auto parsed = found->is_string() ? hash_from_hex(found->get_ref<const std::string&>()) : std::nullopt;
  if (!parsed) report(key, "must be 64 hexadecimal digits");
  return parsed.value_or(Hash256{});
}

float JsonFields::real(std::string_view key) {
  const nlohmann::json* found = value(key);
  if (found == nullptr) return 0;
  const auto parsed = float_from_json(*found);
  if (!parsed)
    report(key, "must be a number that binary32 can hold, or its bits as \"0x\" and eight hexadecimal digits");
  return parsed.value_or(0.0F);
}

std::vector<nlohmann::json> JsonFields::list(std::string_view key, std::size_t max_count) {
  const nlohmann::json* found = value(key);
  if (found == nullptr) return {};
  if (found->is_array() && found->size() <= max_count) return {found->begin(), found->end()};
  report(key, "must be a list of at most " + std::to_string(max_count) + " values");
  return {};
}

std::vector<float> JsonFields::reals(std::string_view key, std::size_t max_count) {
  std::vector<float> numbers;
  for (const nlohmann::json& one : list(key, max_count)) {
    const auto parsed = float_from_json(one);
    if (!parsed) {
      problem_.report(path_of(key) + "[" + std::to_string(numbers.size()) + "]",
                      "is not a number that binary32 can hold");
      return {};
    }
    numbers.push_back(*parsed);
  }
  return numbers;
}

void JsonFields::finish() {
  if (problem_.found()) return;
  for (const auto& [key, unused] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    problem_.report(path_, "unknown key '" + key.substr(0, 80) + "'" + did_you_mean(key, known_));
    return;
  }
}

std::optional<float> float_from_json(const nlohmann::json& value) {
  if (value.is_string()) {
    const auto bits = parse_hex32(value.get_ref<const std::string&>());
    if (!bits) return std::nullopt;
    return std::bit_cast<float>(*bits);
  }
  if (!value.is_number()) return std::nullopt;
  const auto wide = value.get<double>();
  // The conversion of a number beyond the largest float is not defined; what rounds to infinity is refused with it.
  if (!std::isfinite(wide) || std::fabs(wide) > static_cast<double>(std::numeric_limits<float>::max()))
    return std::nullopt;
  return static_cast<float>(wide);
}

nlohmann::json float_to_json(float value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  double decimal = 0;
  const auto parsed = std::from_chars(text.data(), end, decimal);
  const bool exact = error == std::errc() && parsed.ec == std::errc() && std::isfinite(decimal) &&
                     std::bit_cast<std::uint32_t>(static_cast<float>(decimal)) == std::bit_cast<std::uint32_t>(value);
  if (!exact) return hex32_text(std::bit_cast<std::uint32_t>(value));
  // A whole number reads better without ".0", and means the same.
  if (decimal == std::trunc(decimal) && std::fabs(decimal) < 1e6 && !std::signbit(decimal))
    return static_cast<std::uint32_t>(decimal);
  return decimal;
}

std::string hex32_text(std::uint32_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text.push_back(kDigits[(value >> shift) & 15]);
  return text;
}

}  // namespace freezenet::daemon
