#pragma once

#include <tl/expected.hpp>

#include "consensus/reject.h"

namespace freezenet {

/// What every fallible function below the programs returns: a value, or the named reason why there is none.
template <typename T = void>
using Result = tl::expected<T, Reject>;

inline tl::unexpected<Reject> reject(RejectCode code, std::string detail = {}) {
  return tl::unexpected<Reject>(Reject{code, std::move(detail)});
}

}  // namespace freezenet
