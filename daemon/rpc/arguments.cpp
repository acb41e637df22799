#include "daemon/rpc/arguments.h"

#include <algorithm>

#include "consensus/base/hex.h"
#include "consensus/base/nearest_name.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;

/// A parsed number that is not negative is unsigned; one that a program built may be signed.
bool is_natural(const json& value) {
  return value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
}

bool is_hash(const json& value) {
  return value.is_string() && hash_from_hex(value.get_ref<const std::string&>()).has_value();
}

/// Why `value` cannot be this argument; empty where it can.
std::string fault(const Argument& argument, const json& value) {
  switch (argument.type) {
    case ArgumentType::kInteger: return is_natural(value) ? "" : "an integer, 0 or more";
    case ArgumentType::kBoolean: return value.is_boolean() ? "" : "true or false";
    case ArgumentType::kHash: return is_hash(value) ? "" : "a hash of 64 hexadecimal digits";
    case ArgumentType::kBlock:
      return is_natural(value) || is_hash(value) ? "" : "a height or a hash of 64 hexadecimal digits";
    case ArgumentType::kBase64: return value.is_string() ? "" : "base64 text";
    case ArgumentType::kText:
    case ArgumentType::kPassphrase:
    case ArgumentType::kFile: break;
  }
  if (!value.is_string()) return "text";
  const auto& choices = argument.choices;
  if (choices.empty() ||
      std::find(choices.begin(), choices.end(), value.get_ref<const std::string&>()) != choices.end())
    return "";
  std::string all;
  for (const auto choice : choices)
    all.append(all.empty() ? "" : choice == choices.back() ? " or " : ", ").append(choice);
  return all;
}

tl::unexpected<std::string> wrong(const Signature& signature, const std::string& what) {
  return tl::unexpected<std::string>(what + (what.ends_with('?') ? " Usage: " : "; usage: ") + usage_line(signature));
}

}  // namespace

tl::expected<Arguments, std::string> Arguments::bind(const Signature& signature, json params) {
  json values = json::object();
  if (params.is_array()) {
    if (params.size() > signature.arguments.size()) {
      return wrong(signature, std::string(signature.name) + " takes at most " +
                                  std::to_string(signature.arguments.size()) + " arguments, " +
                                  std::to_string(params.size()) + " were given");
    }
    for (std::size_t i = 0; i < params.size(); ++i)
      values[std::string(signature.arguments[i].name)] = std::move(params[i]);
  } else if (params.is_object()) {
    for (auto& [name, value] : params.items()) {
      std::vector<std::string_view> known;
      for (const Argument& argument : signature.arguments) known.push_back(argument.name);
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        return wrong(signature, std::string(signature.name) + " has no argument " + name.substr(0, 40) +
                                    did_you_mean(name, known));
      }
      values[name] = std::move(value);
    }
  } else if (!params.is_null()) {
    return wrong(signature, "params is neither a list nor an object");
  }
  for (const Argument& argument : signature.arguments) {
    const std::string name(argument.name);
    // An explicit null stands for an optional argument that is left out.
    if (!argument.required && values.contains(name) && values[name].is_null()) values.erase(name);
    if (!values.contains(name)) {
      if (argument.required) return wrong(signature, "the argument '" + name + "' is missing");
    } else if (const std::string needed = fault(argument, values[name]); !needed.empty()) {
      return wrong(signature, "the argument '" + name + "' must be " + needed);
    }
  }
  return Arguments(std::move(values));
}

BlockId Arguments::block(std::string_view name) const {
  const json& value = at(name);
  if (value.is_number()) return value.get<std::uint64_t>();
  return hash_from_hex(value.get_ref<const std::string&>()).value();
}

}  // namespace freezenet::daemon
