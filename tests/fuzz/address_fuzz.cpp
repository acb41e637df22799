#include "consensus/crypto/address.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

void refused(const Reject& why) { require_refusal(why, Blame::kSender, {RejectCode::kBadEncoding}); }

void text(std::string_view shown) {
  const auto layer = decode_bech32m(shown);
  if (!layer) refused(layer.error());
  if (layer) require(encode_bech32m(*layer) == lower(shown), "bech32m: encode(decode(x)) == lower(x)");
  for (const std::string_view network : {"fz", "tfz", "fzrt"}) {
    const auto key = decode_address(network, shown);
    if (!key) {
      refused(key.error());
      continue;
    }
    require(layer.has_value(), "an address is bech32m");
    require(encode_address(network, *key) == lower(shown), "address: encode(decode(x)) == lower(x)");
  }
}

}  // namespace

/// An odd first byte: the rest is text. An even one: groups of five bits, under a checksum that no fuzzer guesses.
void address(ByteView input) {
  Input in(input);
  if (in.byte() % 2 == 1) return text(as_text(in.rest()));
  constexpr std::string_view kPrefixes[] = {"fz", "tfz", "fzrt", "bc"};
  Bech32m value{std::string(kPrefixes[in.byte() % 4]), {}};
  for (const std::uint8_t byte : in.rest()) value.groups.push_back(byte & 31);
  text(encode_bech32m(value));
}

}  // namespace freezenet::fuzz
