#include "daemon/cli/redact.h"

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

TEST(Redactor, TakesKnownSecretsOutWhereverTheyStand) {
  Redactor redactor;
  redactor.add_secrets_of("__cookie__:00112233445566778899aabb\n");
  redactor.add_secrets_of(
      "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\nabcd+/efghij==\n-----END PRIVATE KEY-----\n");
  const std::string clean = redactor.clean("x00112233445566778899aabby MIGHAgEAMBMGByqGSM49 abcd+/efghij \nnext\n");
  EXPECT_EQ(clean, "x(redacted)y (redacted) (redacted) \nnext\n");
}

TEST(Redactor, TakesOutWhatLooksLikeASecret) {
  const Redactor redactor;
  for (const char* line : {"Authorization: Basic c2VjcmV0OnNlY3JldA==", "authorization: bearer c2VjcmV0OnNlY3JldA",
                           "cookie __cookie__:c2VjcmV0OnNlY3JldA==", "password=c2VjcmV0OnNlY3JldA==",
                           "\"passphrase\": \"c2VjcmV0OnNlY3JldA==\"", "PASSWD: c2VjcmV0OnNlY3JldA==",
                           "\"rpc-auth\": [\"c2VjcmV0OnNlY3JldA==\"]", "private_key = c2VjcmV0OnNlY3JldA=="}) {
    const std::string clean = redactor.clean(line);
    EXPECT_EQ(clean.find("c2Vjcm"), std::string::npos) << clean;
    EXPECT_NE(clean.find("(redacted)"), std::string::npos) << clean;
  }
  const std::string rpc_auth = redactor.clean("alice:00112233445566778899aabbccddeeff$" + std::string(64, 'a'));
  EXPECT_EQ(rpc_auth, "alice:(redacted)\n");
  EXPECT_EQ(redactor.clean("a\n-----BEGIN EC PRIVATE KEY-----\nMIGH\n-----END EC PRIVATE KEY-----\nb\n"),
            "a\n(redacted)\nb\n");
}

TEST(Redactor, LeavesTheRestAsItIs) {
  const Redactor redactor;
  const std::string line =
      "block height=5 hash=00ffaabbccddeeff00ffaabbccddeeff00ffaabbccddeeff00ffaabbccddeeff miner=fzrt1qq adopted\n";
  EXPECT_EQ(redactor.clean(line), line);
  EXPECT_EQ(redactor.clean(std::string(100'000, 'x')).size(), 2001U);
}

TEST(Redactor, CutsNoSecretInHalves) {
  Redactor redactor;
  redactor.add_secret("0123456789abcdef");
  for (std::size_t before = 1980; before < 2010; ++before) {
    const std::string clean = redactor.clean(std::string(before, 'x') + "0123456789abcdef");
    EXPECT_EQ(clean.find("01234"), std::string::npos) << before;
  }
}

}  // namespace
}  // namespace freezenet::daemon
