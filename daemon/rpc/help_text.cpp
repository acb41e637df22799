#include <algorithm>

#include "consensus/base/nearest_name.h"
#include "daemon/rpc/signature.h"

namespace freezenet::daemon {
namespace {

std::string_view type_name(ArgumentType type) {
  switch (type) {
    case ArgumentType::kInteger: return "integer";
    case ArgumentType::kBoolean: return "boolean";
    case ArgumentType::kText: return "text";
    case ArgumentType::kHash: return "hash";
    case ArgumentType::kBlock: return "height or hash";
    case ArgumentType::kBase64: return "base64";
    case ArgumentType::kPassphrase: return "passphrase";
    case ArgumentType::kFile: return "file";
  }
  return "unknown";
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

/// Words in lines of at most `width`, each line indented.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result(indent, ' ');
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (column > indent && column + word.size() > width) {
      result.append("\n").append(indent, ' ');
      column = indent;
    }
    result.append(word);
    column += word.size();
    text.remove_prefix(word.size());
    if (!text.empty()) {
      text.remove_prefix(1);
      if (column + 1 + text.substr(0, text.find(' ')).size() <= width) {
        result.push_back(' ');
        ++column;
      } else {
        column = width;
      }
    }
  }
  return result;
}

}  // namespace

const Signature* find_signature(std::string_view name) {
  const auto& all = signatures();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Signature& s) { return s.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string unknown_method(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Signature& signature : signatures()) names.push_back(signature.name);
  return "no method " + std::string(name.substr(0, 40)) + did_you_mean(name, names);
}

std::string usage_line(const Signature& signature) {
  std::string line(signature.name);
  for (const Argument& argument : signature.arguments) {
    // Many choices would make the line longer than a terminal is wide; they stand in the argument's help.
    constexpr std::size_t kListedChoices = 3;
    std::string shown;
    if (argument.choices.empty() || argument.choices.size() > kListedChoices) {
      shown = upper(argument.name);
    } else {
      for (const auto choice : argument.choices) shown.append(shown.empty() ? "" : "|").append(choice);
    }
    line += argument.required ? " " + shown : " [" + shown + "]";
  }
  return line;
}

std::string named_example(const Signature& signature) {
  std::string_view rest = signature.example;
  const auto word = [&] {
    const std::string_view first = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(first.size() + 1, rest.size()));
    return first;
  };
  std::string named(word());
  if (rest.empty()) return {};
  for (const Argument& argument : signature.arguments) {
    if (rest.empty()) break;
    named.append(" ").append(argument.name).append("=").append(word());
  }
  return named;
}

std::string methods_help() {
  constexpr std::size_t kColumn = 26;
  std::string text;
  std::string_view group;
  for (const Signature& signature : signatures()) {
    if (signature.group != group) {
      group = signature.group;
      text.append(text.empty() ? "" : "\n").append(upper(group)).append("\n");
    }
    const std::string name = "  " + std::string(signature.name);
    text += name + std::string(kColumn - name.size(), ' ');
    text += wrapped(signature.summary, kColumn, 80).substr(kColumn) + "\n";
  }
  return text + "\n`help METHOD` shows arguments, result and an example.";
}

std::string method_help(const Signature& signature) {
  std::string text = usage_line(signature) + "\n\n" + wrapped(signature.summary, 2, 80) + "\n";
  if (!signature.arguments.empty()) text += "\nArguments\n";
  for (const Argument& argument : signature.arguments) {
    text += "  " + std::string(argument.name) + " (" + std::string(type_name(argument.type)) +
            (argument.required ? "" : ", optional") + ")\n";
    text += wrapped(argument.help, 6, 80) + "\n";
  }
  text += "\nResult\n" + wrapped(signature.result, 2, 80) + "\n";
  text += "\nExample\n  freezenet-cli " + std::string(signature.example);
  const std::string named = named_example(signature);
  return named.empty() ? text : text + "\n  freezenet-cli " + named;
}

}  // namespace freezenet::daemon
