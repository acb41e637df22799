#include "training/ownership/key_file.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"
#include "consensus/default_task.h"
#include "training/ownership/commands/keygen.h"
#include "training/ownership/scheme.h"

namespace freezenet::ownership {
namespace {

using Json = nlohmann::ordered_json;

constexpr ClaimScheme kSchemes[] = {ClaimScheme::kGradSigns, ClaimScheme::kDeepWater, ClaimScheme::kTriggerSet,
                                    ClaimScheme::kNullEmbedding};

std::shared_ptr<const Key> made(ClaimScheme scheme, std::uint8_t seed = 1) {
  static const Task task = digits_task();
  static const Plan plan = plan_of(task).value();
  KeygenOrder order;
  order.scheme = scheme;
  order.seed.bytes.fill(seed);
  std::array<std::uint8_t, 32> secret{};
  secret.fill(seed);
  order.owner = SecretKey::from_bytes(secret);
  order.id = "Anna";
  order.time = 1'700'000'000;
  const auto key = generate_key(task, plan, nullptr, order);
  EXPECT_TRUE(key.has_value()) << key.error().message();
  return *key;
}

ByteView view(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

std::string fault_of(const std::string& text, RejectCode code = RejectCode::kBadEncoding) {
  const auto read = read_key(view(text));
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, code) << read.error().message();
  return read.error().detail;
}

TEST(KeyFile, ReadsWhatItWroteForEachScheme) {
  for (const ClaimScheme scheme : kSchemes) {
    const auto key = made(scheme);
    const std::string text = write_key(*key);
    const auto again = read_key(view(text));
    ASSERT_TRUE(again.has_value()) << again.error().message();
    EXPECT_EQ((*again)->scheme(), scheme);
    EXPECT_EQ(write_key(**again), text);
    EXPECT_EQ((*again)->parameters(), key->parameters());
    const Json file = Json::parse(text);
    EXPECT_EQ(file["format"], kKeyFormat);
    EXPECT_EQ(file["scheme"], name(scheme));
  }
}

TEST(KeyFile, OrderAndWhiteSpaceAreNoPartOfAKey) {
  for (const ClaimScheme scheme : kSchemes) {
    const std::string text = write_key(*made(scheme));
    const nlohmann::json sorted = nlohmann::json::parse(text);
    const auto again = read_key(view(sorted.dump()));
    ASSERT_TRUE(again.has_value()) << again.error().message();
    EXPECT_EQ(write_key(**again), text);
  }
}

TEST(KeyFile, NoPartOfAKeyIsOne) {
  for (const ClaimScheme scheme : kSchemes) {
    const std::string text = write_key(*made(scheme));
    for (std::size_t length = 0; length + 2 < text.size(); ++length)  // the last character is a line's end
      ASSERT_FALSE(read_key(view(text.substr(0, length)))) << length;
  }
}

TEST(KeyFile, NamesWhatIsWrong) {
  const std::string text = write_key(*made(ClaimScheme::kDeepWater));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const auto at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  EXPECT_NE(fault_of(with("key-1", "key-2"), RejectCode::kConfig).find("newer"), std::string::npos);
  EXPECT_NE(fault_of(with("freezenet-ownership-key-1", "freezenet-model-1")).find("format"), std::string::npos);
  EXPECT_NE(fault_of(with("\"deepwater\"", "\"uchida\"")).find("scheme"), std::string::npos);
  EXPECT_NE(fault_of(with("\"deepwater\"", "\"gradsigns\"")), "accepted");
  EXPECT_NE(fault_of(with("{", "{\"more\": 1,")).find("'more'"), std::string::npos);
  EXPECT_NE(fault_of(with("\"parameters\"", "\"parameter\"")).find("'parameter'"), std::string::npos);
  EXPECT_NE(fault_of(with("\"bits\": 64", "\"bits\": 64, \"bits\": 64")).find("twice"), std::string::npos);
  EXPECT_NE(fault_of(with("\"bits\": 64", "\"bits\": 1000000")).find("bits"), std::string::npos);
  EXPECT_NE(fault_of(with("\"bits\": 64", "\"bits\": null")).find("a null"), std::string::npos);
  EXPECT_NE(fault_of("[]").find("no key"), std::string::npos);
  EXPECT_NE(fault_of(std::string(kMaxKeyFile + 1, ' '), RejectCode::kTooLarge).find("at most"), std::string::npos);
}

/// The formula written out by hand.
TEST(KeyFile, ACommitmentBindsOwnerSchemeAndKey) {
  XOnlyKey owner;
  owner.bytes.fill(7);
  for (const ClaimScheme scheme : kSchemes) {
    const auto key = made(scheme);
    Bytes data(owner.bytes.begin(), owner.bytes.end());
    data.push_back(static_cast<std::uint8_t>(scheme));
    const std::string text = write_key(*key);
    data.insert(data.end(), text.begin(), text.end());
    EXPECT_EQ(commitment(*key, owner), tagged_hash("FreezeNet/ownership", data));
    EXPECT_NE(commitment(*key, owner), commitment(*key, XOnlyKey{}));
    EXPECT_NE(commitment(*key, owner), commitment(*made(scheme, 2), owner));
  }
}

}  // namespace
}  // namespace freezenet::ownership
