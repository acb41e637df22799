#pragma once

#include "consensus/base/bytes.h"

namespace freezenet {

/// Whether the 32 bytes are the x coordinate of a point of the curve (BIP340): a key that somebody could sign with.
bool is_public_key(const XOnlyKey& key);

}  // namespace freezenet
