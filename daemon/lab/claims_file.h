#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "consensus/base/result.h"
#include "consensus/transaction.h"

namespace freezenet::lab {

/// A claim of the chain as `freezenet-cli getclaim` prints it.
struct DatedClaim {
  std::uint64_t place = 0;  ///< among all claims of the chain, the first one 0: what comes first
  Claim claim;
  XOnlyKey claimant;
  std::string address;  ///< the claimant's, on its network
  std::uint64_t height = 0;
  std::uint64_t time = 0;  ///< Unix seconds of its block
  friend bool operator==(const DatedClaim&, const DatedClaim&) = default;
};

inline constexpr std::uint64_t kMaxClaimsFile = std::uint64_t{4} << 20;
inline constexpr std::size_t kMaxClaims = 8192;

/// Reads a list of claims that somebody handed us; fields that are not used may be there. kConfig names the place of
/// the first fault. The file proves nothing: who doubts it asks a node of his own.
Result<std::vector<DatedClaim>> read_claims(std::string_view text);

/// An account as people write it: an address of any network, or the 64 hexadecimal digits of its key. kConfig.
Result<XOnlyKey> account_from_text(const std::string& text);

}  // namespace freezenet::lab
