#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "consensus/base/bytes.h"

namespace freezenet {

/// Lower-case hexadecimal, in byte order.
std::string to_hex(ByteView data);
/// A hash as people read it: as an integer, most significant digit first, so that a low ticket begins with zeros.
std::string to_hex(const Hash256& hash);
inline std::string to_hex(const XOnlyKey& key) { return to_hex(ByteView(key.bytes)); }

/// Even number of digits of either case, nothing else; nullopt otherwise.
std::optional<Bytes> bytes_from_hex(std::string_view text);
/// Exactly 64 digits, in the order of to_hex(Hash256).
std::optional<Hash256> hash_from_hex(std::string_view text);

}  // namespace freezenet
