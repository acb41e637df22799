#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "consensus/base/result.h"

namespace freezenet::daemon {

/// JSON from a file that somebody wrote by hand: comments (//, /* */) are allowed; a key that stands twice in one
/// object, nesting beyond `max_depth` and anything behind the value are kConfig, with line and column. Numbers and
/// strings are what RFC 8259 says. Memory: a small multiple of the text, which the caller has bounded.
Result<nlohmann::json> parse_strict_json(std::string_view text, int max_depth = 16);

}  // namespace freezenet::daemon
