#include "daemon/cli/redact.h"

#include <algorithm>
#include <regex>

namespace freezenet::daemon {
namespace {

constexpr std::string_view kRedacted = "(redacted)";
constexpr std::size_t kShortest = 8, kLongestLine = 2000;

void replace_all(std::string& text, const std::string& what) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + kRedacted.size()))
    text.replace(at, what.size(), kRedacted);
}

}  // namespace

void Redactor::add_secret(std::string_view secret) {
  if (secret.size() < kShortest) return;
  secrets_.emplace_back(secret);
  // The longest first: one may be part of another.
  std::ranges::stable_sort(secrets_, std::greater<>(), &std::string::size);
}

void Redactor::add_secrets_of(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \r\n\t:$\",="), text.size());
    // What frames a key is no secret, and neither is the cookie's user.
    if (!text.starts_with("-----") && !text.starts_with("__cookie__") && text.substr(0, end) != "PRIVATE")
      add_secret(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string Redactor::clean_line(std::string line) const {
  static const std::regex kForms(
      "__cookie__:[^\\s\"]+"
      "|[0-9a-fA-F]{16,}\\$[0-9a-fA-F]{32,}",
      std::regex::optimize);
  static const std::regex kAuthorization("(basic|bearer)\\s+[A-Za-z0-9+/=_.~-]{6,}", std::regex::icase);
  static const std::regex kNamed(
      "((?:pass(?:word|phrase|wd)|secret|token|mnemonic|priv(?:ate)?[_ -]?key|rpc[_-]?auth)[\"']?\\s*[=:]\\s*[\\[\"' "
      "]*)"
      "[^\\s\"',\\]]+",
      std::regex::icase);
  for (const std::string& secret : secrets_) replace_all(line, secret);
  line.resize(std::min(line.size(), kLongestLine));  // not before: half a secret would not be found
  line = std::regex_replace(line, kForms, std::string(kRedacted));
  line = std::regex_replace(line, kAuthorization, "$1 " + std::string(kRedacted));
  return std::regex_replace(line, kNamed, "$1" + std::string(kRedacted));
}

std::string Redactor::clean(std::string_view text) const {
  std::string out;
  bool in_key = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool begins = line.find("-----BEGIN") != line.npos && line.find("PRIVATE") != line.npos;
    in_key = in_key || begins;
    if (begins)
      out.append(kRedacted).append("\n");
    else if (!in_key)
      out.append(clean_line(std::string(line))).append("\n");
    if (line.find("-----END") != line.npos) in_key = false;
  }
  return out;
}

}  // namespace freezenet::daemon
