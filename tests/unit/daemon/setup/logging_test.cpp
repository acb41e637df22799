#include "daemon/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/daemon/setup/temporary_folder.h"

namespace freezenet::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Logging, PartsHaveLevelsOfTheirOwn) {
  const test::TemporaryFolder folder;
  auto logging = Logging::open("warning,net=debug", folder / "log", false);
  ASSERT_TRUE(logging) << logging.error().detail;
  logging->get("net")->debug("a word from the peers");
  logging->get("chain")->info("nothing of importance");
  logging->get("chain")->warn("something of importance");
  logging->flush();
  const std::string text = test::read_text(folder / "log");
  EXPECT_THAT(text, HasSubstr("debug net: a word from the peers"));
  EXPECT_THAT(text, HasSubstr("warning chain: something of importance"));
  EXPECT_THAT(text, Not(HasSubstr("nothing of importance")));
}

TEST(Logging, LinesAreInTheFileAtOnce) {
  const test::TemporaryFolder folder;
  auto logging = Logging::open("info", folder / "log", false);
  ASSERT_TRUE(logging);
  logging->get("node")->info("here");
  EXPECT_THAT(test::read_text(folder / "log"), HasSubstr("here"));
}

TEST(Logging, EveryPartHasALogger) {
  auto logging = Logging::open("info", {}, false);
  ASSERT_TRUE(logging);
  for (const std::string_view part : log_parts()) EXPECT_EQ(logging->get(part)->name(), part);
}

TEST(Logging, MistakesNameTheNearest) {
  EXPECT_THAT(Logging::open("inof", {}, false).error().detail, HasSubstr("did you mean info?"));
  EXPECT_THAT(Logging::open("info,nett=debug", {}, false).error().detail, HasSubstr("did you mean net?"));
  EXPECT_FALSE(Logging::open("", {}, false));
  EXPECT_FALSE(Logging::open("info,", {}, false));
  EXPECT_FALSE(Logging::open("net=", {}, false));
  EXPECT_EQ(Logging::open("info=net", {}, false).error().code, RejectCode::kConfig);
}

TEST(Logging, AFileThatCannotBeWrittenIsNamed) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "f", "");
  const auto logging = Logging::open("info", folder / "f/log", false);
  ASSERT_FALSE(logging);
  EXPECT_EQ(logging.error().code, RejectCode::kStorage);
  EXPECT_THAT(logging.error().detail, HasSubstr((folder / "f/log").string()));
}

}  // namespace
}  // namespace freezenet::daemon
