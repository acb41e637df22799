#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"
#include "daemon/lab/claims_file.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

void claims_file(ByteView input) {
  const auto claims = lab::read_claims(as_text(input));
  if (!claims) {
    require_refusal(claims.error(), Blame::kOurselves, {RejectCode::kConfig});
    return require(claims.error().detail.find('\n') == std::string::npos, "a refusal is one line");
  }
  require(claims->size() <= lab::kMaxClaims, "claims are bounded");
  for (const lab::DatedClaim& claim : *claims) {
    const auto key = lab::account_from_text(claim.address);
    require(key && *key == claim.claimant, "a claimant is an account");
    require(claim_scheme(name(claim.claim.scheme)) == claim.claim.scheme, "a scheme has a name");
  }
}

}  // namespace freezenet::fuzz
