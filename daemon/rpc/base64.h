#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "consensus/base/bytes.h"

namespace freezenet::daemon {

/// Base64 with the standard alphabet and padding (RFC 4648 section 4), on one line.
std::string to_base64(ByteView data);
/// Strict: no spaces, full padding, unused bits zero, so that every byte string has exactly one text. nullopt
/// otherwise.
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace freezenet::daemon
