#pragma once

#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"
#include "consensus/transaction.h"

namespace freezenet::ownership {

class Key;

/// Value of "format" in every key file.
inline constexpr const char* kKeyFormat = "freezenet-ownership-key-1";
inline constexpr std::uint64_t kMaxKeyFile = 1 << 16;

/// A key as a JSON object (docs/watermarks.md, "Key files"): format, scheme, and the scheme's parameters. Secret: who
/// has it can take the watermark out, or claim it. Equal keys give equal texts.
std::string write_key(const Key& key);
/// Reads a file that somebody handed us, of at most kMaxKeyFile bytes. kTooLarge; kBadEncoding names the field that is
/// missing, unknown or out of its range; kConfig: a newer format.
Result<std::shared_ptr<const Key>> read_key(ByteView file);
/// A key of what stands in a file under "parameters"; kBadEncoding.
Result<std::shared_ptr<const Key>> key_from_parameters(ClaimScheme scheme, const nlohmann::json& parameters);

/// What a claim transaction carries (docs/protocol.md section 9):
/// tagged("FreezeNet/ownership", owner 32 || scheme u8 || write_key(key)). The owner's key is in it, so that nobody
/// else can open a claim that repeats it.
Hash256 commitment(const Key& key, const XOnlyKey& owner);

}  // namespace freezenet::ownership
