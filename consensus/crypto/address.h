#pragma once

#include <string>
#include <string_view>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet {

/// Bech32m (BIP350) of version 0 and the 32 key bytes, in SegWit's form (BIP173: version as the first 5-bit group).
/// `hrp` is the network's: "fz", "tfz" or "fzrt".
std::string encode_address(std::string_view hrp, const XOnlyKey& key);
/// kBadEncoding names what is wrong: checksum, case, character, length, another network's prefix.
Result<XOnlyKey> decode_address(std::string_view hrp, std::string_view text);

/// The checksummed string layer itself (BIP350), apart from what it carries; for the published vectors.
struct Bech32m {
  std::string hrp;
  std::vector<std::uint8_t> groups;  // 5-bit values
};
Result<Bech32m> decode_bech32m(std::string_view text);
std::string encode_bech32m(const Bech32m& value);

}  // namespace freezenet
