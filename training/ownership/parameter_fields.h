#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::ownership {

/// Reads the parameters of a key that somebody handed us: a JSON object of texts, counts, decimals and lists of
/// decimals, where each field is there and none is unknown. The first fault is kept; what is read after it is of no
/// use, and finish() says it as kBadEncoding with the field's name. `object` must outlive the reader.
class ParameterFields {
 public:
  explicit ParameterFields(const nlohmann::json& object);

  /// A seed: 64 hexadecimal digits in byte order.
  Hash256 seed(const char* name);
  /// `size` bytes as lower-case hexadecimal.
  Bytes bytes(const char* name, std::size_t size);
  /// `low` to `high`.
  std::uint64_t count(const char* name, std::uint64_t low, std::uint64_t high);
  /// A text such as "0.01" (decimal_text()), finite and within `low` to `high`.
  double decimal(const char* name, double low, double high);
  /// At most `most` of these.
  std::vector<double> decimals(const char* name, double low, double high, std::size_t most);
  /// One of `words`; the index of it.
  std::size_t word(const char* name, const std::vector<std::string_view>& words);
  /// 1 to `most` printable ASCII characters.
  std::string text(const char* name, std::size_t most);

  /// kBadEncoding for the first fault, a field that nobody asked for included.
  [[nodiscard]] Result<> finish() const;

 private:
  const nlohmann::json* field(const char* name);
  const std::string* text_field(const char* name, const std::string& wanted);
  void refuse(const std::string& sentence);

  const nlohmann::json& object_;
  std::set<std::string> known_;
  std::string fault_;
};

/// The shortest decimal that is read as the same number: parser and printer of JSON never touch it, and a key has one
/// text.
std::string decimal_text(double value);
std::vector<std::string> decimal_texts(const std::vector<double>& values);

}  // namespace freezenet::ownership
