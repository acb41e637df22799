#include "daemon/logging.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

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

TEST(Logging, WhatTheConsoleShowsIsInTheFileBefore) {
  // A console that takes nothing for the time being: a full pipe.
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_NONBLOCK), 0);
  std::string filler;
  for (char c = 'x'; ::write(pipe[1], &c, 1) == 1;) filler += c;
  ASSERT_EQ(::fcntl(pipe[1], F_SETFL, 0), 0);
  ASSERT_EQ(::fcntl(pipe[0], F_SETFL, 0), 0);
  std::fflush(stdout);
  const int before = ::dup(STDOUT_FILENO);
  ASSERT_EQ(::dup2(pipe[1], STDOUT_FILENO), STDOUT_FILENO);

  const test::TemporaryFolder folder;
  auto logging = Logging::open("info", folder / "log", true);
  std::jthread writer([&] { logging->get("node")->info("here"); });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::string text;
  do text = test::read_text(folder / "log");
  while (text.empty() && std::chrono::steady_clock::now() < deadline);

  std::string shown(filler.size(), '\0');
  for (std::size_t got = 0; got < shown.size();) {
    got += static_cast<std::size_t>(std::max<ssize_t>(::read(pipe[0], shown.data() + got, shown.size() - got), 0));
  }
  writer.join();
  ::dup2(before, STDOUT_FILENO);
  for (const int fd : {pipe[0], pipe[1], before}) ::close(fd);
  EXPECT_EQ(shown, filler);  // so the console had not shown it
  EXPECT_THAT(text, HasSubstr("here"));
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

TEST(Logging, LevelsChangeWhileItRuns) {
  const test::TemporaryFolder folder;
  auto logging = Logging::open("warning,net=debug", folder / "log", false);
  ASSERT_TRUE(logging);
  const auto chain = logging->get("chain");
  chain->info("too early");
  ASSERT_TRUE(logging->set_levels("chain=info"));
  chain->info("just right");
  EXPECT_EQ(logging->levels().at("chain"), "info");
  EXPECT_EQ(logging->levels().at("net"), "debug");
  EXPECT_EQ(logging->levels().at("rpc"), "warning");
  EXPECT_FALSE(logging->set_levels("net=off,chian=off"));
  EXPECT_EQ(logging->levels().at("net"), "debug");
  EXPECT_TRUE(logging->set_levels("off"));
  chain->critical("too late");
  logging->flush();
  const std::string text = test::read_text(folder / "log");
  EXPECT_THAT(text, HasSubstr("just right"));
  EXPECT_THAT(text, Not(HasSubstr("too")));
}

TEST(Logging, WhatStrangersWriteSteersNoTerminal) {
  const test::TemporaryFolder folder;
  auto logging = Logging::open("info", folder / "log", false);
  ASSERT_TRUE(logging);
  logging->get("net")->info("peer {}", "a\x1b[2J\r\n2026 error node: forged\x7f\x80\xc3\xa4");
  const std::string text = test::read_text(folder / "log");
  EXPECT_THAT(text, HasSubstr("peer a\\x1b[2J\\x0d\\x0a2026 error node: forged\\x7f\\x80\\xc3\\xa4\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(Logging, TurnsOverAtItsSizeAndKeepsSoManyFiles) {
  const test::TemporaryFolder folder;
  auto logging = Logging::open("info", folder / "n.log", false, {.bytes = 2000, .past_files = 2});
  ASSERT_TRUE(logging);
  for (int i = 0; i < 100; ++i) logging->get("node")->info("line {} {}", i, std::string(100, 'x'));
  EXPECT_LE(std::filesystem::file_size(folder / "n.log"), 2200U);
  EXPECT_TRUE(std::filesystem::exists(folder / "n.2.log"));
  EXPECT_FALSE(std::filesystem::exists(folder / "n.3.log"));
}

TEST(Logging, ReopenLosesNoLine) {
  const test::TemporaryFolder folder;
  auto logging = Logging::open("info", folder / "n.log", false);
  ASSERT_TRUE(logging);
  constexpr int kLines = 5000, kThreads = 3;
  std::atomic<bool> done = false;
  std::vector<std::thread> writers;
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([&, t] {
      const auto log = logging->get(t == 0 ? "net" : "rpc");
      for (int i = 0; i < kLines; ++i) log->info("line {}", i);
    });
  }
  std::thread mover([&] {
    for (int i = 0; !done && i < 200; ++i) {
      std::filesystem::rename(folder / "n.log", folder / ("old" + std::to_string(i)));
      ASSERT_TRUE(logging->reopen());
    }
  });
  for (std::thread& writer : writers) writer.join();
  done = true;
  mover.join();
  std::ptrdiff_t lines = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder / "")) {
    const std::string text = test::read_text(file.path());
    lines += std::count(text.begin(), text.end(), '\n');
  }
  EXPECT_EQ(lines, kLines * kThreads);
}

TEST(Logging, AFileThatCannotBeOpenedAnewGoesOn) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "d");
  auto logging = Logging::open("info", folder / "d/log", false);
  ASSERT_TRUE(logging);
  std::filesystem::rename(folder / "d", folder / "e");
  test::write_text(folder / "d", "in the way");
  const auto opened = logging->reopen();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().detail, HasSubstr("cannot be opened anew"));
  logging->get("node")->info("still here");
  EXPECT_THAT(test::read_text(folder / "e/log"), HasSubstr("still here"));
}

}  // namespace
}  // namespace freezenet::daemon
