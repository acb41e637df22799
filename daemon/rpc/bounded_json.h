#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "consensus/base/result.h"

namespace freezenet::daemon {

/// What a request's JSON may cost. A parsed value takes some ten times the bytes of its text, and nested values are
/// freed by recursion; so both are bounded in a first pass that builds nothing.
struct JsonLimits {
  std::size_t depth = 32;        ///< arrays and objects inside each other
  std::size_t values = 100'000;  ///< values and keys in all
};

/// One JSON value and nothing after it. kTooLarge beyond the limits; kBadEncoding with the place where it is not JSON
/// or an object names a key twice.
Result<nlohmann::json> parse_bounded_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace freezenet::daemon
