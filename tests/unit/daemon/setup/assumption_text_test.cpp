#include "daemon/assumption_text.h"

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "daemon/network_json.h"
#include "daemon/options.h"
#include "tests/unit/consensus/chain/chain_builder.h"

namespace freezenet::daemon {
namespace {

const Assumption kAssumption{12'000, hash_of(1), hash_of(2)};

TEST(AssumptionText, IsReadAsItWasWritten) {
  const std::string text = to_text(kAssumption);
  EXPECT_EQ(text, "12000:" + to_hex(hash_of(1)) + ":" + to_hex(hash_of(2)));
  EXPECT_EQ(parse_assumption(text).value(), kAssumption);
  EXPECT_EQ(parse_assumption("off").value(), std::nullopt);
}

TEST(AssumptionText, AnythingElseIsRefusedInOneLine) {
  const std::string hash(64, 'a');
  for (const std::string& text :
       {std::string(), std::string("on"), "0:" + hash + ":" + hash, "012:" + hash + ":" + hash,
        "-1:" + hash + ":" + hash, "12:" + hash, "12:" + hash + ":" + hash + "0", "12 " + hash + ":" + hash,
        "12:" + hash + "." + hash, "12:" + std::string(64, 'A') + ":" + hash, "12:" + std::string(64, 'g') + ":" + hash,
        "100000001:" + hash + ":" + hash, "99999999999999999999:" + hash + ":" + hash}) {
    const auto read = parse_assumption(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, RejectCode::kConfig);
    EXPECT_EQ(read.error().detail.find('\n'), std::string::npos);
    Options options;
    EXPECT_FALSE(set_option(options, *find_option("assumevalid"), text)) << text;
  }
  Options options;
  ASSERT_TRUE(set_option(options, *find_option("assumevalid"), to_text(kAssumption)));
  EXPECT_EQ(options.assumevalid, to_text(kAssumption));
}

TEST(AssumptionText, StandsInANetworksFileAndNotInItsGenesis) {
  Network network{regtest_params(), 1, 2};
  const Hash256 genesis = network.params.genesis_hash();
  EXPECT_EQ(network_from_json(network_file_text(network))->assumed, std::nullopt);
  network.assumed = kAssumption;
  const std::string text = network_file_text(network);
  const auto read = network_from_json(text);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->assumed, kAssumption);
  EXPECT_EQ(read->params.genesis_hash(), genesis);
  std::string wrong = text;
  wrong.replace(wrong.find("12000"), 5, "0");
  EXPECT_NE(network_from_json(wrong).error().detail.find("assumevalid.height"), std::string::npos);
  wrong = text;
  wrong.replace(wrong.find("\"block\""), 7, "\"blick\"");
  EXPECT_NE(network_from_json(wrong).error().detail.find("assumevalid"), std::string::npos);
}

}  // namespace
}  // namespace freezenet::daemon
