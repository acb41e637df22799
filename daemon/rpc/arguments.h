#pragma once

#include <string>
#include <variant>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "consensus/base/bytes.h"
#include "daemon/rpc/signature.h"

namespace freezenet::daemon {

/// A block as a caller names it.
using BlockId = std::variant<std::uint64_t, Hash256>;

/// The arguments of one call, checked against the method's signature: what is required is there, each has its type,
/// nothing else is there. So the getters below cannot fail, except where a method asks for a name or type that its
/// signature does not have (std::out_of_range, our bug).
class Arguments {
 public:
  /// `params` is an array (in the signature's order) or an object (by name) or null. The error is a sentence for the
  /// caller.
  static tl::expected<Arguments, std::string> bind(const Signature& signature, nlohmann::json params);

  [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
  [[nodiscard]] std::uint64_t integer(std::string_view name) const { return at(name).get<std::uint64_t>(); }
  [[nodiscard]] bool boolean(std::string_view name) const { return at(name).get<bool>(); }
  [[nodiscard]] const std::string& text(std::string_view name) const { return at(name).get_ref<const std::string&>(); }
  [[nodiscard]] std::string text_or(std::string_view name, std::string_view otherwise) const {
    return has(name) ? text(name) : std::string(otherwise);
  }
  [[nodiscard]] BlockId block(std::string_view name) const;

 private:
  explicit Arguments(nlohmann::json values) : values_(std::move(values)) {}
  [[nodiscard]] const nlohmann::json& at(std::string_view name) const { return values_.at(std::string(name)); }

  nlohmann::json values_;  // an object
};

}  // namespace freezenet::daemon
