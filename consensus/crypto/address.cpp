#include "consensus/crypto/address.h"

#include <algorithm>
#include <array>

namespace freezenet {
namespace {

constexpr std::string_view kCharset =
    "qpzry9x8gf2tvdw0s3jn54khce6mua7l";  // BIP173: similar characters differ in one bit
constexpr std::uint32_t kBech32mConstant = 0x2bc830a3;
constexpr std::size_t kMaxLength = 90;
constexpr std::size_t kChecksumLength = 6;

/// One step of the BCH code over GF(32) of BIP173.
std::uint32_t absorb(std::uint32_t checksum, std::uint8_t group) {
  constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
  const std::uint32_t top = checksum >> 25;
  checksum = ((checksum & 0x1ffffff) << 5) ^ group;
  for (unsigned i = 0; i < 5; ++i) {
    if (((top >> i) & 1) != 0) checksum ^= kGenerator[i];
  }
  return checksum;
}

std::uint32_t absorb_prefix(std::string_view hrp) {
  std::uint32_t checksum = 1;
  for (const char c : hrp) checksum = absorb(checksum, static_cast<std::uint8_t>(c >> 5));
  checksum = absorb(checksum, 0);
  for (const char c : hrp) checksum = absorb(checksum, static_cast<std::uint8_t>(c & 31));
  return checksum;
}

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

tl::unexpected<Reject> bad(std::string why) { return reject(RejectCode::kBadEncoding, std::move(why)); }

}  // namespace

std::string encode_bech32m(const Bech32m& value) {
  std::uint32_t checksum = absorb_prefix(value.hrp);
  std::string text = value.hrp + '1';
  for (const std::uint8_t group : value.groups) {
    checksum = absorb(checksum, group);
    text.push_back(kCharset[group & 31]);
  }
  for (std::size_t i = 0; i < kChecksumLength; ++i) checksum = absorb(checksum, 0);
  checksum ^= kBech32mConstant;
  for (std::size_t i = 0; i < kChecksumLength; ++i) text.push_back(kCharset[(checksum >> (5 * (5 - i))) & 31]);
  return text;
}

Result<Bech32m> decode_bech32m(std::string_view text) {
  if (text.size() > kMaxLength) return bad("address longer than 90 characters");
  if (std::any_of(text.begin(), text.end(), [](char c) { return c < 33 || c > 126; })) {
    return bad("a character that no address has");
  }
  if (std::any_of(text.begin(), text.end(), is_lower) && std::any_of(text.begin(), text.end(), is_upper)) {
    return bad("upper and lower case are mixed");
  }
  std::string lower(text);
  for (char& c : lower) {
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  const std::size_t separator = lower.rfind('1');
  if (separator == std::string::npos || separator == 0) return bad("no prefix before the last 1");
  if (lower.size() - separator - 1 < kChecksumLength) return bad("shorter than its checksum");

  Bech32m value;
  value.hrp = lower.substr(0, separator);
  std::uint32_t checksum = absorb_prefix(value.hrp);
  for (const char c : lower.substr(separator + 1)) {
    const std::size_t group = kCharset.find(c);
    if (group == std::string_view::npos) return bad(std::string("character '") + c + "' is not in the alphabet");
    value.groups.push_back(static_cast<std::uint8_t>(group));
    checksum = absorb(checksum, value.groups.back());
  }
  if (checksum != kBech32mConstant) return bad("wrong checksum: a character is mistyped");
  value.groups.resize(value.groups.size() - kChecksumLength);
  return value;
}

std::string encode_address(std::string_view hrp, const XOnlyKey& key) {
  Bech32m value{std::string(hrp), {0}};
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : key.bytes) {
    pending = (pending << 8 | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) value.groups.push_back((pending >> (bits - 5)) & 31);
  }
  value.groups.push_back(static_cast<std::uint8_t>((pending << (5 - bits)) & 31));  // 256 = 51 * 5 + 1
  return encode_bech32m(value);
}

Result<XOnlyKey> decode_address(std::string_view hrp, std::string_view text) {
  const auto decoded = decode_bech32m(text);
  if (!decoded) return tl::unexpected<Reject>(decoded.error());
  if (decoded->hrp != hrp)
    return bad("an address of \"" + decoded->hrp + "\", this network's begin with \"" + std::string(hrp) + '"');
  if (decoded->groups.size() != 1 + 52) return bad("does not hold 32 bytes");
  if (decoded->groups[0] != 0) return bad("an address version that is not known");

  XOnlyKey key;
  std::uint32_t pending = 0;
  unsigned bits = 0;
  std::size_t at = 0;
  for (std::size_t i = 1; i < decoded->groups.size(); ++i) {
    pending = (pending << 5 | decoded->groups[i]) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      key.bytes[at++] = static_cast<std::uint8_t>(pending >> bits);
    }
  }
  if ((pending & ((1U << bits) - 1)) != 0) return bad("padding is not zero");
  return key;
}

}  // namespace freezenet
