#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "daemon/lab/claims_file.h"

namespace freezenet::lab {

/// What the chain's dates say for one key and its owner. Whoever embeds a watermark last can claim that he was first;
/// of all claims whose watermark is in the model, the earliest wins.
struct ClaimVerdict {
  std::vector<DatedClaim> claims;     ///< in the chain's order, none twice
  std::optional<std::size_t> opened;  ///< the first of them that this key opens for this owner
  std::optional<std::size_t> rival;   ///< the first one by another account that is earlier, or any where none is opened
  bool same_model = false;            ///< the opened claim names this very model, and no other of the owner's

  /// Opened, and nobody was earlier.
  [[nodiscard]] bool first() const { return opened.has_value() && !rival.has_value(); }
};

/// `commitment` is that of the key and the owner (training/ownership/key_file.h), `model_root` the suspect's.
ClaimVerdict judge_claims(std::vector<DatedClaim> claims, const XOnlyKey& owner, ClaimScheme scheme,
                          const Hash256& commitment, const Hash256& model_root);

/// The verdict in lines for a person.
std::string claim_text(const ClaimVerdict& verdict);
nlohmann::ordered_json claim_json(const ClaimVerdict& verdict);
/// "2026-11-30 06:10:24 UTC".
std::string date_text(std::uint64_t unix_seconds);

}  // namespace freezenet::lab
