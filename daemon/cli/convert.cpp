#include "daemon/cli/convert.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

namespace freezenet::daemon {
namespace {

using nlohmann::json;

std::optional<std::uint64_t> integer_from(std::string_view word) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != word.data() + word.size()) return std::nullopt;
  return value;
}

tl::expected<json, std::string> value_of(const Signature& signature, const Argument& argument,
                                         const std::string& word) {
  const auto wrong = [&](const std::string& needed) {
    return tl::unexpected<std::string>("'" + word.substr(0, 80) + "' is not " + needed +
                                       "; usage: " + usage_line(signature));
  };
  switch (argument.type) {
    case ArgumentType::kInteger: {
      const auto value = integer_from(word);
      return value ? json(*value) : tl::expected<json, std::string>(wrong("an integer, 0 or more"));
    }
    case ArgumentType::kBoolean:
      if (word == "true" || word == "on") return json(true);
      if (word == "false" || word == "off") return json(false);
      return wrong("true or false");
    case ArgumentType::kBlock: {
      // A hash may be all decimal digits; a height never has 64 of them.
      const auto value = word.size() < 64 ? integer_from(word) : std::nullopt;
      if (!value && word.size() != 64) return wrong("a height or a block hash");
      return value ? json(*value) : json(word);
    }
    // The node's folder is not the caller's.
    case ArgumentType::kFile: return json(std::filesystem::absolute(word).string());
    case ArgumentType::kText:
    case ArgumentType::kPassphrase:
    case ArgumentType::kHash:
    case ArgumentType::kBase64: break;
  }
  return json(word);
}

const Argument* argument_named(const Signature& signature, std::string_view name) {
  const auto found = std::find_if(signature.arguments.begin(), signature.arguments.end(),
                                  [&](const Argument& a) { return a.name == name; });
  return found == signature.arguments.end() ? nullptr : &*found;
}

bool is_named(const Signature& signature, const std::string& word) {
  const std::size_t equals = word.find('=');
  return equals != std::string::npos && argument_named(signature, std::string_view(word).substr(0, equals)) != nullptr;
}

}  // namespace

bool all_named(const Signature& signature, std::span<const std::string> words) {
  return !words.empty() &&
         std::all_of(words.begin(), words.end(), [&](const std::string& w) { return is_named(signature, w); });
}

tl::expected<json, std::string> params_from_words(const Signature& signature, std::span<const std::string> words) {
  const bool named = all_named(signature, words);
  if (!named && words.size() > signature.arguments.size()) {
    return tl::unexpected<std::string>("too many arguments; usage: " + usage_line(signature));
  }
  json params = named ? json::object() : json::array();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    const Argument& argument =
        named ? *argument_named(signature, std::string_view(words[i]).substr(0, equals)) : signature.arguments[i];
    auto value = value_of(signature, argument, named ? words[i].substr(equals + 1) : words[i]);
    if (!value) return tl::unexpected(value.error());
    if (named)
      params[std::string(argument.name)] = std::move(*value);
    else
      params.push_back(std::move(*value));
  }
  return params;
}

json params_from_words(std::span<const std::string> words) {
  json params = json::array();
  for (const std::string& word : words) {
    const auto integer = integer_from(word);
    const bool structured = word.starts_with('[') || word.starts_with('{');
    json value = structured ? json::parse(word, nullptr, false) : json(json::value_t::discarded);
    if (integer) value = *integer;
    if (word == "true" || word == "false") value = word == "true";
    params.push_back(value.is_discarded() ? json(word) : std::move(value));
  }
  return params;
}

}  // namespace freezenet::daemon
