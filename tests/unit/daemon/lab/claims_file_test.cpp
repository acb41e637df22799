#include "daemon/lab/claims_file.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"

namespace freezenet::lab {
namespace {

XOnlyKey owner() {
  XOnlyKey key;
  key.bytes.fill(7);
  return key;
}

nlohmann::ordered_json claim() {
  return {{"place", 3},
          {"model_root", std::string(64, 'a')},
          {"scheme", "deepwater"},
          {"commitment", std::string(62, '0') + "ff"},
          {"claimant", encode_address("fzrt", owner())},
          {"height", 12},
          {"block", std::string(64, 'b')},
          {"time", 1'700'000'000},
          {"transaction", std::string(64, 'c')}};
}

std::string listed(const nlohmann::ordered_json& one) { return nlohmann::ordered_json::array({one}).dump(2); }

std::string fault_of(const std::string& text) {
  const auto read = read_claims(text);
  EXPECT_FALSE(read.has_value()) << text;
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, RejectCode::kConfig);
  return read.error().detail;
}

TEST(ClaimsFile, ReadsWhatTheClientPrints) {
  const auto read = read_claims(listed(claim()));
  ASSERT_TRUE(read.has_value()) << read.error().message();
  ASSERT_EQ(read->size(), 1U);
  const DatedClaim& found = read->front();
  EXPECT_EQ(found.place, 3U);
  EXPECT_EQ(to_hex(found.claim.model_root), std::string(64, 'a'));
  EXPECT_EQ(found.claim.scheme, ClaimScheme::kDeepWater);
  EXPECT_EQ(found.claim.commitment.bytes.front(), 0xff);
  EXPECT_EQ(found.claimant, owner());
  EXPECT_EQ(found.height, 12U);
  EXPECT_EQ(found.time, 1'700'000'000U);
  EXPECT_TRUE(read_claims("[]")->empty());
}

TEST(ClaimsFile, AClaimantCouldHaveSigned) {
  auto nobodys = claim();
  nobodys["claimant"] = encode_address("fzrt", XOnlyKey{});
  EXPECT_NE(fault_of(listed(nobodys)).find("claimant"), std::string::npos);
}

TEST(ClaimsFile, AFieldThatNobodyReadsMayBeThere) {
  auto more = claim();
  more["since"] = nlohmann::json::array({1, 2});
  EXPECT_TRUE(read_claims(listed(more)).has_value());
}

TEST(ClaimsFile, NamesWhatIsWrong) {
  const auto with = [](const char* key, const nlohmann::ordered_json& value) {
    auto changed = claim();
    changed[key] = value;
    return fault_of(listed(changed));
  };
  for (const char* key : {"place", "model_root", "scheme", "commitment", "claimant", "height", "time"}) {
    auto missing = claim();
    missing.erase(key);
    EXPECT_EQ(fault_of(listed(missing)), std::string("claim 1.") + key + ": is missing");
    EXPECT_NE(with(key, nullptr).find(key), std::string::npos);
    EXPECT_NE(with(key, -1).find(key), std::string::npos);
  }
  EXPECT_NE(with("scheme", "uchida").find("no scheme"), std::string::npos);
  auto address = encode_address("fzrt", owner());
  address.back() = address.back() == 'q' ? 'p' : 'q';
  EXPECT_NE(with("claimant", address).find("no address"), std::string::npos);
  EXPECT_NE(fault_of("{}").find("no list"), std::string::npos);
  EXPECT_NE(fault_of("[1]").find("claim 1"), std::string::npos);
  EXPECT_FALSE(fault_of("[").empty());
  EXPECT_FALSE(fault_of(listed(claim()) + "x").empty());
  std::string many = "[0";
  for (std::size_t i = 0; i < kMaxClaims; ++i) many += ",0";
  EXPECT_NE(fault_of(many + "]").find("more than"), std::string::npos);
}

TEST(ClaimsFile, AnOwnerIsAnAddressOrAKey) {
  EXPECT_EQ(account_from_text(encode_address("fz", owner())).value(), owner());
  EXPECT_EQ(account_from_text(to_hex(owner())).value(), owner());
  // Nobody can have either of them.
  for (const std::uint8_t byte : {std::uint8_t{0}, std::uint8_t{0xff}}) {
    XOnlyKey nobody;
    nobody.bytes.fill(byte);
    EXPECT_FALSE(account_from_text(to_hex(nobody)).has_value());
    EXPECT_FALSE(account_from_text(encode_address("fz", nobody)).has_value());
  }
  for (const char* text : {"", "alice", "07", "fz1qqqq"}) EXPECT_FALSE(account_from_text(text).has_value()) << text;
}

}  // namespace
}  // namespace freezenet::lab
