#include "consensus/base/hex.h"
#include "consensus/base/uint256.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace

void hex(ByteView input) {
  const std::string_view text = as_text(input);
  const auto bytes = bytes_from_hex(text);
  const auto hash = hash_from_hex(text);
  require(hash.has_value() == (bytes.has_value() && bytes->size() == 32), "a hash is hexadecimal of 32 bytes");
  if (bytes) require(to_hex(*bytes) == lower(text), "encode(decode(x)) == lower(x)");
  if (hash) require(to_hex(*hash) == lower(text), "hash: encode(decode(x)) == lower(x)");
  if (hash) require(to_hex(Uint256::from_hash(*hash)) == lower(text), "a hash shows as the integer that it is");
}

}  // namespace freezenet::fuzz
