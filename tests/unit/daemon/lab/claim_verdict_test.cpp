#include "daemon/lab/claim_verdict.h"

#include <gtest/gtest.h>

namespace freezenet::lab {
namespace {

XOnlyKey account(std::uint8_t byte) {
  XOnlyKey key;
  key.bytes.fill(byte);
  return key;
}

Hash256 hash(std::uint8_t byte) {
  Hash256 value;
  value.bytes.fill(byte);
  return value;
}

DatedClaim claim(std::uint64_t place, std::uint8_t who, std::uint8_t commitment, std::uint8_t root = 1) {
  DatedClaim out;
  out.place = place;
  out.claim = {hash(root), ClaimScheme::kGradSigns, hash(commitment)};
  out.claimant = account(who);
  out.address = "account" + std::to_string(who);
  out.height = 10 + place;
  return out;
}

ClaimVerdict judge(std::vector<DatedClaim> claims, std::uint8_t who, std::uint8_t commitment) {
  return judge_claims(std::move(claims), account(who), ClaimScheme::kGradSigns, hash(commitment), hash(1));
}

TEST(ClaimVerdict, TheEarlierOfTwoIsFirst) {
  const std::vector<DatedClaim> both{claim(7, 2, 20), claim(3, 1, 10)};
  const ClaimVerdict owner = judge(both, 1, 10);
  EXPECT_TRUE(owner.first());
  EXPECT_TRUE(owner.same_model);
  EXPECT_EQ(owner.claims[*owner.opened].place, 3U);
  const ClaimVerdict pirate = judge(both, 2, 20);
  EXPECT_FALSE(pirate.first());
  ASSERT_TRUE(pirate.opened && pirate.rival);
  EXPECT_EQ(pirate.claims[*pirate.rival].place, 3U);
  EXPECT_NE(claim_text(pirate).find("an earlier claim: block 13"), std::string::npos);
  EXPECT_NE(claim_text(owner).find("nobody claimed earlier"), std::string::npos);
}

TEST(ClaimVerdict, WhoRepeatsAnothersCommitmentOpensNothing) {
  // The commitment binds its owner's key: the pirate's is another one for the same key file.
  const ClaimVerdict pirate = judge({claim(3, 1, 10), claim(4, 2, 10)}, 2, 20);
  EXPECT_FALSE(pirate.opened);
  EXPECT_FALSE(pirate.first());
  EXPECT_NE(claim_text(pirate).find("none of the 2"), std::string::npos);
}

TEST(ClaimVerdict, OnesOwnEarlierClaimsAreNoRivals) {
  const ClaimVerdict verdict = judge({claim(2, 1, 99), claim(5, 1, 10), claim(9, 1, 10)}, 1, 10);
  EXPECT_TRUE(verdict.first());
  EXPECT_EQ(verdict.claims[*verdict.opened].place, 5U);
}

TEST(ClaimVerdict, AnotherSchemeIsAnotherClaim) {
  DatedClaim other = claim(2, 1, 10);
  other.claim.scheme = ClaimScheme::kDeepWater;
  EXPECT_FALSE(judge({other}, 1, 10).opened);
}

/// A pirate's copy has a root of its own, and he claims that; the owner's claim is older all the same.
TEST(ClaimVerdict, ListsOfTwoModelsAreOneList) {
  const std::vector<DatedClaim> lists{claim(3, 1, 10, 8), claim(9, 2, 20, 1), claim(3, 1, 10, 8)};
  const ClaimVerdict owner = judge(lists, 1, 10);
  EXPECT_EQ(owner.claims.size(), 2U);
  EXPECT_TRUE(owner.first());
  EXPECT_FALSE(owner.same_model);
  EXPECT_NE(claim_text(owner).find("another model of the owner's"), std::string::npos);
  EXPECT_FALSE(judge(lists, 2, 20).first());
  EXPECT_EQ(claim_json(judge(lists, 2, 20))["earlier"]["place"], 3);
}

TEST(ClaimVerdict, DatesAreOfTheCalendar) {
  EXPECT_EQ(date_text(0), "1970-01-01 00:00:00 UTC");
  EXPECT_EQ(date_text(1'700'000'000), "2023-11-14 22:13:20 UTC");
  EXPECT_EQ(date_text(UINT64_MAX), "time 18446744073709551615");
}

}  // namespace
}  // namespace freezenet::lab
