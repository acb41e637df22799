#pragma once

#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::daemon {

/// The first thing that is wrong in a JSON document, with the path to it. Shared by the readers of all its objects, so
/// that a decoder reads every field in a row and asks once.
class JsonProblem {
 public:
  void report(const std::string& path, const std::string& what) {
    if (!first_) first_ = Reject{RejectCode::kConfig, (path.empty() ? "the file" : path) + ": " + what};
  }
  [[nodiscard]] bool found() const { return first_.has_value(); }
  [[nodiscard]] Result<> status() const {
    if (first_) return tl::unexpected<Reject>(*first_);
    return {};
  }

 private:
  std::optional<Reject> first_;
};

/// Reads one JSON object whose keys are all known. Every accessor but value_if_any() names a key that must be there;
/// finish() refuses the keys that no accessor named. After a problem the values are zeros.
class JsonFields {
 public:
  JsonFields(const nlohmann::json& value, std::string path, JsonProblem& problem);

  template <std::unsigned_integral T>
  T integer(std::string_view key, T minimum = 0, T maximum = std::numeric_limits<T>::max()) {
    return static_cast<T>(integer_between(key, minimum, maximum));
  }
  /// "0x" and exactly eight digits.
  std::uint32_t hex32(std::string_view key);
  bool boolean(std::string_view key);
  std::string text(std::string_view key, std::size_t max_length);
  Hash256 hash(std::string_view key);
  float real(std::string_view key);
  std::vector<float> reals(std::string_view key, std::size_t max_count);
  /// A list of at most `max_count` values; empty after a problem.
  std::vector<nlohmann::json> list(std::string_view key, std::size_t max_count);
  /// The value itself, for a nested object; nullptr after a problem.
  const nlohmann::json* value(std::string_view key);
  /// The same for a key that may be missing: nullptr then, and nothing is reported.
  const nlohmann::json* value_if_any(std::string_view key);

  void finish();
  [[nodiscard]] std::string path_of(std::string_view key) const;
  void report(std::string_view key, const std::string& what) { problem_.report(path_of(key), what); }

 private:
  std::uint64_t integer_between(std::string_view key, std::uint64_t minimum, std::uint64_t maximum);

  const nlohmann::json& object_;
  std::string path_;
  JsonProblem& problem_;
  std::vector<std::string_view> known_;
};

/// A decimal, read as binary64 and rounded to binary32, or "0x" and the eight digits of the binary32's bits. nullopt:
/// neither.
std::optional<float> float_from_json(const nlohmann::json& value);
/// The shortest decimal that float_from_json() reads as the same value, else the bits.
nlohmann::json float_to_json(float value);
std::string hex32_text(std::uint32_t value);

}  // namespace freezenet::daemon
