#pragma once

#include <string>
#include <string_view>

#include "consensus/base/result.h"
#include "consensus/chain/assumption.h"

namespace freezenet::daemon {

/// "HEIGHT:BLOCK:ROOT", hashes as to_hex(Hash256) shows them: what --assumevalid takes and getassumevalid gives.
std::string to_text(const Assumption& assumption);
/// "off" is nullopt; kConfig says what the text should be. One text for each assumption.
Result<std::optional<Assumption>> parse_assumption(std::string_view text);

/// Heights beyond are a mistake: what is kept while headers are followed grows with it.
inline constexpr std::uint64_t kMaxAssumedHeight = 100'000'000;

}  // namespace freezenet::daemon
