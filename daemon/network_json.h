#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "daemon/network_file.h"

namespace freezenet::daemon {

/// A network as people write it (configs/NAME.json). Real constants are written as the shortest decimal that gives the
/// same binary32 back; "0x3d4ccccd", the bits themselves, is read as well. Hashes as to_hex(Hash256) shows them.
nlohmann::ordered_json to_json(const Network& network);
/// The text of the file, laid out for reading.
std::string network_file_text(const Network& network);

/// Strict: no unknown, missing or repeated key, every value of its type and range, and check_params(). kConfig with the
/// path of the value
/// ("tasks[0].layers[2].kernel: ...") and, for an unknown key, the nearest known one.
Result<Network> network_from_json(std::string_view text);

}  // namespace freezenet::daemon
