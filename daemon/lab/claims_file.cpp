#include "daemon/lab/claims_file.h"

#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"
#include "consensus/crypto/public_key.h"
#include "daemon/json_fields.h"
#include "daemon/strict_json.h"

namespace freezenet::lab {

namespace {

constexpr int kMaxDepth = 3;  // the list, a claim, and one level in fields that nobody reads
constexpr std::size_t kMaxAddress = 90;
constexpr std::size_t kMaxScheme = 32;

/// Of somebody who could have signed.
Result<XOnlyKey> account(const XOnlyKey& key, const std::string& text) {
  if (is_public_key(key)) return key;
  return reject(RejectCode::kConfig, "there is no account " + text + ": nobody can sign for it");
}

Result<XOnlyKey> key_of_address(const std::string& text) {
  const auto decoded = decode_bech32m(text);
  if (!decoded) return tl::unexpected(decoded.error());
  const auto key = decode_address(decoded->hrp, text);
  if (!key) return key;
  return account(*key, text);
}

DatedClaim read_claim(const nlohmann::json& value, const std::string& path, daemon::JsonProblem& problem) {
  daemon::JsonFields fields(value, path, problem);
  DatedClaim out;
  out.place = fields.integer<std::uint64_t>("place");
  out.claim.model_root = fields.hash("model_root");
  out.claim.commitment = fields.hash("commitment");
  out.height = fields.integer<std::uint64_t>("height");
  out.time = fields.integer<std::uint64_t>("time");
  const std::string scheme = fields.text("scheme", kMaxScheme);
  out.address = fields.text("claimant", kMaxAddress);
  if (problem.found()) return out;
  const auto known = claim_scheme(scheme);
  if (!known) fields.report("scheme", "is no scheme that a claim can name");
  out.claim.scheme = known.value_or(ClaimScheme::kGradSigns);
  const auto key = key_of_address(out.address);
  if (!key) fields.report("claimant", "is no address");
  out.claimant = key.value_or(XOnlyKey{});
  return out;
}

}  // namespace

Result<std::vector<DatedClaim>> read_claims(std::string_view text) {
  const auto json = daemon::parse_strict_json(text, kMaxDepth);
  if (!json) return tl::unexpected(json.error());
  if (!json->is_array())
    return reject(RejectCode::kConfig, "is no list of claims as 'freezenet-cli getclaim' prints it");
  if (json->size() > kMaxClaims)
    return reject(RejectCode::kConfig, "has more than " + std::to_string(kMaxClaims) + " claims");
  daemon::JsonProblem problem;
  std::vector<DatedClaim> claims;
  for (std::size_t i = 0; i < json->size() && !problem.found(); ++i)
    claims.push_back(read_claim((*json)[i], "claim " + std::to_string(i + 1), problem));
  if (auto checked = problem.status(); !checked) return tl::unexpected(checked.error());
  return claims;
}

Result<XOnlyKey> account_from_text(const std::string& text) {
  if (const auto bytes = bytes_from_hex(text); bytes && bytes->size() == XOnlyKey{}.bytes.size()) {
    XOnlyKey key;
    std::ranges::copy(*bytes, key.bytes.begin());
    return account(key, text);
  }
  auto key = key_of_address(text);
  if (!key && key.error().code != RejectCode::kConfig)
    return reject(RejectCode::kConfig, "an owner is an address, or 64 hexadecimal digits");
  return key;
}

}  // namespace freezenet::lab
