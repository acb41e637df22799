#include "daemon/cli/passphrase.h"

#include <algorithm>
#include <optional>

#include <unistd.h>

#include "daemon/cli/convert.h"
#include "daemon/cli/silent_terminal.h"

namespace freezenet::daemon {
namespace {

using Text = tl::expected<std::string, std::string>;
using Words = std::vector<std::string>;

constexpr std::size_t kLongest = 4096;

void say(const std::string& text) { static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size())); }

/// Byte by byte: the next line is the next question's.
Text read_line() {
  std::string line;
  char next = 0;
  ssize_t got = 0;
  while ((got = ::read(STDIN_FILENO, &next, 1)) == 1 && next != '\n') {
    if (line.size() == kLongest) return tl::unexpected<std::string>("that is too long for a passphrase");
    line.push_back(next);
  }
  if (got != 1 && line.empty()) return tl::unexpected<std::string>("no passphrase was given");
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

Text ask(const std::string& prompt) {
  const SilentTerminal silent(STDIN_FILENO);
  if (silent.is_terminal()) say(prompt + ": ");
  Text line = read_line();
  if (silent.is_terminal()) say("\n");
  return line;
}

std::string question(const Argument& argument) {
  std::string text(argument.name);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

bool is_new(const Argument& argument) { return argument.name.starts_with("new"); }

}  // namespace

Text read_passphrase(const std::string& what, bool twice) {
  Text first = ask(what);
  if (!first || !twice || ::isatty(STDIN_FILENO) != 1) return first;
  const Text second = ask(what + ", once more");
  if (!second) return second;
  if (*first != *second) return tl::unexpected<std::string>("these were two different passphrases; nothing was done");
  return first;
}

tl::expected<Words, std::string> with_passphrases(const Signature& signature, Words words,
                                                  const PassphraseReader& read) {
  const auto& arguments = signature.arguments;
  const bool named = all_named(signature, words);
  const auto wanted = [](const Argument& a) { return a.required && a.type == ArgumentType::kPassphrase; };
  const auto required = std::ranges::count_if(arguments, [](const Argument& a) { return a.required; });
  const auto secrets = std::ranges::count_if(arguments, wanted);
  const bool all_left_out = secrets != 0 && std::ssize(words) == required - secrets;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].type != ArgumentType::kPassphrase) continue;
    const std::string prefix = named ? std::string(arguments[i].name) + "=" : "";
    const auto dash = named ? std::ranges::find(words, prefix + "-")
                            : words.begin() + std::min(std::ssize(words), static_cast<std::ptrdiff_t>(i));
    const bool is_dash = !all_left_out && dash != words.end() && *dash == prefix + "-";
    if (!is_dash && !(all_left_out && wanted(arguments[i]))) continue;
    auto text = read(question(arguments[i]), is_new(arguments[i]));
    if (!text) return tl::unexpected(text.error());
    if (is_dash)
      *dash = prefix + *text;
    else
      words.insert(named ? words.end() : dash, prefix + *text);
  }
  return words;
}

}  // namespace freezenet::daemon
