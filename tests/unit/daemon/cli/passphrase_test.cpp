#include "daemon/cli/passphrase.h"

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

using Words = std::vector<std::string>;

/// Answers "typed N" and remembers what it was asked.
struct User {
  std::vector<std::string> asked;
  PassphraseReader reader() {
    return [this](const std::string& what, bool twice) -> tl::expected<std::string, std::string> {
      asked.push_back(what + (twice ? " (twice)" : ""));
      return "typed " + std::to_string(asked.size());
    };
  }
};

Words filled(const char* method, Words words, User& user) {
  const auto result = with_passphrases(*find_signature(method), std::move(words), user.reader());
  EXPECT_TRUE(result);
  return result.value_or(Words{});
}

TEST(Passphrase, IsAskedForWhereItIsLeftOut) {
  User user;
  EXPECT_EQ(filled("walletpassphrase", {"60"}, user), (Words{"typed 1", "60"}));
  EXPECT_EQ(filled("encryptwallet", {}, user), (Words{"typed 2"}));
  EXPECT_EQ(filled("walletpassphrasechange", {}, user), (Words{"typed 3", "typed 4"}));
  EXPECT_EQ(user.asked, (std::vector<std::string>{"passphrase", "new passphrase (twice)", "old passphrase",
                                                  "new passphrase (twice)"}));
}

TEST(Passphrase, IsAskedForInThePlaceOfADash) {
  User user;
  EXPECT_EQ(filled("walletpassphrase", {"-", "60"}, user), (Words{"typed 1", "60"}));
  EXPECT_EQ(filled("restorewallet", {"file", "-"}, user), (Words{"file", "typed 2"}));
  EXPECT_EQ(filled("walletpassphrasechange", {"old", "-"}, user), (Words{"old", "typed 3"}));
}

TEST(Passphrase, NamedArgumentsKeepTheirNames) {
  User user;
  EXPECT_EQ(filled("walletpassphrase", {"seconds=60"}, user), (Words{"seconds=60", "passphrase=typed 1"}));
  EXPECT_EQ(filled("walletpassphrase", {"passphrase=-", "seconds=60"}, user),
            (Words{"passphrase=typed 2", "seconds=60"}));
}

TEST(Passphrase, IsNotAskedForWhereItStandsThereOrNoneIsNeeded) {
  User user;
  EXPECT_EQ(filled("walletpassphrase", {"secret", "60"}, user), (Words{"secret", "60"}));
  EXPECT_EQ(filled("restorewallet", {"file"}, user), (Words{"file"}));
  EXPECT_EQ(filled("getblockhash", {"-"}, user), (Words{"-"}));
  EXPECT_EQ(filled("walletpassphrase", {}, user), (Words{})) << "that is wrong, and the usage is what to say of it";
  EXPECT_TRUE(user.asked.empty());
}

TEST(Passphrase, WhatTheReaderRefusesIsRefused) {
  const auto refused = with_passphrases(*find_signature("encryptwallet"), {},
                                        [](const std::string&, bool) -> tl::expected<std::string, std::string> {
                                          return tl::unexpected<std::string>("no");
                                        });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), "no");
}

}  // namespace
}  // namespace freezenet::daemon
