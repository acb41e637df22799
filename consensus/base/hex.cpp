#include "consensus/base/hex.h"

#include <algorithm>

namespace freezenet {
namespace {

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(ByteView data) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * data.size());
  for (const std::uint8_t byte : data) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::string to_hex(const Hash256& hash) {
  auto reversed = hash.bytes;
  std::reverse(reversed.begin(), reversed.end());
  return to_hex(ByteView(reversed));
}

std::optional<Bytes> bytes_from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes data;
  data.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_value(text[i]);
    const int low = digit_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    data.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return data;
}

std::optional<Hash256> hash_from_hex(std::string_view text) {
  if (text.size() != 64) return std::nullopt;
  const auto data = bytes_from_hex(text);
  if (!data) return std::nullopt;
  Hash256 hash;
  std::reverse_copy(data->begin(), data->end(), hash.bytes.begin());
  return hash;
}

}  // namespace freezenet
