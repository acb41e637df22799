#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace freezenet::daemon {

/// Takes secrets out of text that leaves the machine: those that are known by their value, and what looks like one by
/// what stands before it or by its form (passwords, Authorization headers, cookies, rpc-auth lines, private keys in
/// PEM). Block hashes and addresses stay: they are public, and nobody finds a fault without them.
class Redactor {
 public:
  /// A value that must not be shown, wherever it stands. Shorter ones than 8 characters are ignored: they would blank
  /// out ordinary words.
  void add_secret(std::string_view secret);
  /// Every word of a file of secrets, such as each line of a key in PEM.
  void add_secrets_of(std::string_view text);

  /// The text with "(redacted)" in place of secrets. Line by line; a line is cut off at 2,000 bytes.
  [[nodiscard]] std::string clean(std::string_view text) const;

 private:
  [[nodiscard]] std::string clean_line(std::string line) const;
  std::vector<std::string> secrets_;
};

}  // namespace freezenet::daemon
