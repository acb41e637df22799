#include <iterator>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "daemon/cli/convert.h"
#include "daemon/rpc/arguments.h"
#include "daemon/rpc/signature.h"

namespace freezenet::daemon {
namespace {

TEST(Signatures, HoldWhatTheManualPromises) {
  std::set<std::string_view> names;
  for (const Signature& signature : signatures()) EXPECT_TRUE(names.insert(signature.name).second) << signature.name;
  for (const char* name : {"getblockchaininfo",
                           "getbestblockhash",
                           "getblockhash",
                           "getblockheader",
                           "getblock",
                           "getchaintips",
                           "getstatehash",
                           "invalidateblock",
                           "reconsiderblock",
                           "sendrawtransaction",
                           "gettransaction",
                           "getrawmempool",
                           "getclaim",
                           "getpeerinfo",
                           "getnetworkinfo",
                           "addnode",
                           "getmininginfo",
                           "setmining",
                           "gettasks",
                           "getmodel",
                           "verifymodel",
                           "getmemoryinfo",
                           "getrpcinfo",
                           "logging",
                           "uptime",
                           "help",
                           "stop",
                           "status",
                           "getnewaddress",
                           "listaddresses",
                           "getbalance",
                           "listtransactions",
                           "sendtoaddress",
                           "claimmodel",
                           "getwalletinfo",
                           "encryptwallet",
                           "walletpassphrase",
                           "walletpassphrasechange",
                           "walletlock",
                           "backupwallet",
                           "restorewallet"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(Signatures, EveryExampleIsACallOfItsMethod) {
  for (const Signature& signature : signatures()) {
    std::istringstream example{std::string(signature.example)};
    std::string method;
    example >> method;
    EXPECT_EQ(method, signature.name);
    const std::vector<std::string> words{std::istream_iterator<std::string>(example), {}};
    const auto params = params_from_words(signature, words);
    ASSERT_TRUE(params.has_value()) << signature.example << ": " << params.error();
    const auto bound = Arguments::bind(signature, *params);
    EXPECT_TRUE(bound.has_value()) << signature.example << ": " << bound.error();
  }
}

TEST(Signatures, OptionalArgumentsStandLast) {
  for (const Signature& signature : signatures()) {
    bool optional = false;
    for (const Argument& argument : signature.arguments) {
      EXPECT_FALSE(argument.required && optional) << signature.name;
      optional = !argument.required;
    }
  }
}

TEST(HelpText, FitsATerminalAndNamesEverything) {
  std::string all = methods_help();
  for (const Signature& signature : signatures()) {
    EXPECT_NE(all.find("\n  " + std::string(signature.name) + " "), std::string::npos) << signature.name;
    all += "\n" + method_help(signature);
  }
  std::istringstream lines(all);
  // A hash is a word of 64 letters, which nobody can break.
  for (std::string line; std::getline(lines, line);) {
    const bool has_hash = line.find(std::string(64, '0')) != std::string::npos;
    EXPECT_TRUE(has_hash || line.size() <= 80U) << line;
  }
}

TEST(HelpText, ShowsUsageAndTypes) {
  EXPECT_EQ(usage_line(*find_signature("getmodel")), "getmodel BLOCK [sealed|canonical]");
  const std::string help = method_help(*find_signature("addnode"));
  EXPECT_NE(help.find("action (text)"), std::string::npos) << help;
  EXPECT_NE(help.find("freezenet-cli addnode"), std::string::npos) << help;
  EXPECT_EQ(unknown_method("getblok"), "no method getblok; did you mean getblock?");
}

}  // namespace
}  // namespace freezenet::daemon
