#pragma once

#include <string>

#include "consensus/base/result.h"

namespace freezenet::lab {

/// What was typed is wrong: one sentence that says how.
inline tl::unexpected<Reject> wrong(const std::string& what) { return reject(RejectCode::kConfig, what); }

}  // namespace freezenet::lab
