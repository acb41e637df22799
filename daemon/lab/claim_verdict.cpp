#include "daemon/lab/claim_verdict.h"

#include <algorithm>
#include <ctime>

#include "consensus/base/hex.h"

namespace freezenet::lab {

namespace {

std::string described(const DatedClaim& claim) {
  return "block " + std::to_string(claim.height) + ", " + date_text(claim.time) + ", " +
         std::string(name(claim.claim.scheme)) + " by " + claim.address;
}

}  // namespace

ClaimVerdict judge_claims(std::vector<DatedClaim> claims, const XOnlyKey& owner, ClaimScheme scheme,
                          const Hash256& commitment, const Hash256& model_root) {
  std::ranges::sort(claims, {}, &DatedClaim::place);
  const auto twice = std::ranges::unique(claims);  // the lists of two models of one owner may overlap
  claims.erase(twice.begin(), twice.end());
  ClaimVerdict verdict;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const DatedClaim& claim = claims[i];
    if (claim.claimant == owner) {
      if (claim.claim.scheme != scheme || claim.claim.commitment != commitment) continue;
      verdict.opened = i;
      verdict.same_model = claim.claim.model_root == model_root;
      break;
    }
    if (!verdict.rival) verdict.rival = i;
  }
  verdict.claims = std::move(claims);
  return verdict;
}

std::string claim_text(const ClaimVerdict& verdict) {
  const std::string count = std::to_string(verdict.claims.size());
  if (!verdict.opened) return "claim: none of the " + count + " is this owner's and opened by this key\n";
  const DatedClaim& own = verdict.claims[*verdict.opened];
  std::string out = "claim: " + std::to_string(*verdict.opened + 1) + " of " + count + ", " + described(own) + "\n";
  out += verdict.same_model ? "it names this very model\n"
                            : "it names another model of the owner's, " + to_hex(own.claim.model_root) + "\n";
  if (!verdict.rival) return out + "nobody claimed earlier\n";
  return out + "an earlier claim: " + described(verdict.claims[*verdict.rival]) +
         "; it wins if its watermark is in the model as well\n";
}

nlohmann::ordered_json claim_json(const ClaimVerdict& verdict) {
  const auto entry = [&](const std::optional<std::size_t>& which) -> nlohmann::ordered_json {
    if (!which) return nullptr;
    const DatedClaim& claim = verdict.claims[*which];
    return {{"place", claim.place},
            {"model_root", to_hex(claim.claim.model_root)},
            {"scheme", name(claim.claim.scheme)},
            {"claimant", claim.address},
            {"height", claim.height},
            {"time", claim.time}};
  };
  return {{"claims", verdict.claims.size()},
          {"opened", entry(verdict.opened)},
          {"same_model", verdict.same_model},
          {"earlier", entry(verdict.rival)},
          {"first", verdict.first()}};
}

std::string date_text(std::uint64_t unix_seconds) {
  constexpr std::uint64_t kLastDate = 253'402'300'799;  // of the year 9999
  if (unix_seconds > kLastDate) return "time " + std::to_string(unix_seconds);
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm date{};
  gmtime_r(&seconds, &date);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &date);
  return text;
}

}  // namespace freezenet::lab
