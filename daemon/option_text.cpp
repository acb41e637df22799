// What people read about the options: --help and the sample file. Both are made from the table.

#include <algorithm>

#include "daemon/options.h"

namespace freezenet::daemon {

namespace {

constexpr std::size_t kColumn = 26;
constexpr std::size_t kWidth = 100;

void append_wrapped(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (column > indent && column + 1 + word.size() > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out += '\n';
}

void append_row(std::string& out, const std::string& left, std::string_view help) {
  out += "  " + left;
  if (left.size() + 4 > kColumn) {
    out += "\n" + std::string(kColumn, ' ');
  } else {
    out += std::string(kColumn - 2 - left.size(), ' ');
  }
  append_wrapped(out, help, kColumn);
}

std::string limits_of(const OptionSpec& spec) {
  std::string text;
  if (spec.is_number()) text += " " + std::to_string(spec.minimum) + " to " + std::to_string(spec.maximum) + ".";
  if (!spec.fallback.empty() && spec.in_file) text += " Default: " + std::string(spec.fallback);
  if (!spec.local_fallback.empty()) text += " (" + std::string(spec.local_fallback) + " on regtest and localnet)";
  if (!spec.fallback.empty() && spec.in_file) text += ".";
  return text;
}

/// The default as JSON; what a value looks like, where there is no default.
std::string example_of(const OptionSpec& spec) {
  if (spec.is_switch()) return spec.fallback == "on" ? "true" : "false";
  if (spec.is_list()) return "[\"" + std::string(spec.value) + "\"]";
  if (spec.is_number()) return std::string(spec.fallback.empty() ? spec.value : spec.fallback);
  return "\"" + std::string(spec.fallback.empty() ? spec.value : spec.fallback) + "\"";
}

}  // namespace

std::string help_text(Program program) {
  std::string out;
  if (program == Program::kNode) {
    out +=
        "Usage: freezenetd [OPTION...]\n\nA FreezeNet node: keeps the chain, checks blocks by replaying their "
        "training, and mines.\n\n";
  } else {
    out +=
        "Usage: freezenet-cli [OPTION...] METHOD [ARGUMENT...]\n\n"
        "Asks a running node. `freezenet-cli status` shows how it does, `freezenet-cli help` lists the methods.\n\n";
  }
  for (const OptionSpec& spec : option_table()) {
    if (!spec.is_for(program)) continue;
    std::string left = "--" + std::string(spec.name);
    if (!spec.value.empty()) left += " " + std::string(spec.value);
    if (spec.is_switch() && spec.in_file) left += ", --no-" + std::string(spec.name);
    append_row(out, left, std::string(spec.help) + limits_of(spec));
  }
  if (program == Program::kNode)
    append_row(out, "--print-config", "Write a configuration file with every default and its meaning, and end.");
  append_row(out, "--version", "Say which version this is, and end.");
  append_row(out, "--help", "This text.");
  if (program == Program::kNode) {
    out +=
        "\nEvery option but config and check may stand in the configuration file, under the same name. The command "
        "line wins.\n";
  }
  return out;
}

std::string sample_config() {
  std::string out =
      "// freezenetd.json: put it into the data folder. What stands behind // is a comment. An option that is left out "
      "has\n"
      "// its default; those whose default depends on the network or the folder are shown as comments.\n{\n";
  const auto is_set = [](const OptionSpec& spec) {
    return spec.in_file && !spec.fallback.empty() && spec.local_fallback.empty();
  };
  const OptionSpec* last = nullptr;
  for (const OptionSpec& spec : option_table()) {
    if (is_set(spec)) last = &spec;
  }
  for (const OptionSpec& spec : option_table()) {
    if (!spec.in_file) continue;
    out += "  // " + std::string(spec.help) + limits_of(spec) + "\n";
    out += std::string(is_set(spec) ? "  \"" : "  // \"") + std::string(spec.name) + "\": " + example_of(spec);
    out += is_set(spec) && &spec != last ? ",\n" : "\n";
  }
  return out + "}\n";
}

}  // namespace freezenet::daemon
