#include "daemon/assumption_text.h"

#include <charconv>

#include "consensus/base/hex.h"

namespace freezenet::daemon {

std::string to_text(const Assumption& assumption) {
  return std::to_string(assumption.height) + ":" + to_hex(assumption.block) + ":" + to_hex(assumption.canonical_root);
}

Result<std::optional<Assumption>> parse_assumption(std::string_view text) {
  if (text == "off") return std::nullopt;
  Assumption assumption;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, assumption.height);
  const std::string_view hashes(rest, static_cast<std::size_t>(end - rest));
  if (error == std::errc() && assumption.height > 0 && assumption.height <= kMaxAssumedHeight && hashes.size() == 130) {
    const auto block = hash_from_hex(hashes.substr(1, 64)), root = hash_from_hex(hashes.substr(66));
    if (block) assumption.block = *block;
    if (root) assumption.canonical_root = *root;
    if (block && root && to_text(assumption) == text) return assumption;
  }
  return reject(RejectCode::kConfig,
                "assumevalid: '" + std::string(text.substr(0, 200)) +
                    "' is not off, nor HEIGHT:BLOCK:ROOT as `freezenet-cli getassumevalid` of a trusted node gives it");
}

}  // namespace freezenet::daemon
