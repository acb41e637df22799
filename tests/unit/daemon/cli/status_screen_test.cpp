#include "daemon/cli/status_screen.h"

#include <sstream>

#include <gtest/gtest.h>

namespace freezenet::daemon {
namespace {

using nlohmann::json;

json sample() {
  const std::string hash(64, 'a');
  return {
      {"version", "0.1.0"},
      {"network", "localnet"},
      {"now", 1'700'000'100},
      {"uptime", 8040},
      {"chain",
       {{"height", 42},
        {"headers", 42},
        {"behind", 0},
        {"syncing", false},
        {"hash", hash},
        {"time", 1'700'000'088},
        {"interval", 10},
        {"task", "digits"},
        {"score", 343},
        {"evaluation_slice", 360},
        {"useful_fraction_ppm", 712'399},
        {"useful_fraction_100_ppm", 690'200}}},
      {"mining",
       {{"enabled", true},
        {"refused", false},
        {"state", "mining"},
        {"height", 43},
        {"kernel_path", "avx2"},
        {"threads", 1},
        {"segments_per_second", {{"10s", 27.13}, {"60s", 26.9}, {"15m", 26.8}}},
        {"blocks_found", 12},
        {"blocks_accepted", 11},
        {"expected_seconds_to_block", 30.2}}},
      {"replay",
       {{"verified", 31},
        {"refused", 1},
        {"queued", 2},
        {"last_watermark_ms", 0.41},
        {"last_replay_ms", 41.2},
        {"last_evaluation_ms", 3.1}}},
      {"blocks", json::array({{{"height", 42},
                               {"hash", hash},
                               {"time", 1'700'000'088},
                               {"miner", "fzrt1" + hash},
                               {"score", 343},
                               {"evaluation_slice", 360},
                               {"adopted", true}}})},
      {"peers", json::array({{{"address", "127.0.0.1:19556"},
                              {"direction", "out"},
                              {"height", 42},
                              {"ping_ms", 0.31},
                              {"connected_seconds", 8000},
                              {"user_agent", "freezenet\x1b[2J:0.1.0"}}})},
      {"dials",
       json::array(
           {{{"address", "10.0.0.1:1"}, {"connected", false}, {"failures", 3}, {"last_error", "connection refused"}}})},
      {"last_reject",
       {{"time", 1'699'999'920},
        {"what", "wrong-watermark: 1 of 1925 positions differ"},
        {"advice", "nothing: the sender is dropped"}}},
  };
}

void expect_narrow(const std::string& screen) {
  std::istringstream lines(screen);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80U) << line;
    for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= '~') << line;
  }
}

void expect_says(const std::string& screen, const std::string& text) {
  EXPECT_NE(screen.find(text), std::string::npos) << text << "\nin\n" << screen;
}

TEST(StatusScreen, SaysWhetherItWorks) {
  const std::string screen = status_screen(sample(), false);
  expect_narrow(screen);
  for (const char* text :
       {"FreezeNet localnet", "up 2 h 14 min", "MINING block 43, 1 peer", "height 42, 12 s ago",
        "343 of 360 right (95.27 %)", "71.23 %", "27.1 segments/s in 10 s", "finds a block in 31 s",
        "12 found, 11 accepted", "31 verified, 1 refused, 2 waiting", "adopted", "127.0.0.1:19556",
        "10.0.0.1:1, 3 failures: connection refused", "3 min ago: wrong-watermark", "the sender is dropped"}) {
    expect_says(screen, text);
  }
}

TEST(StatusScreen, NamesTheStates) {
  json status = sample();
  status["mining"]["enabled"] = false;
  expect_says(status_screen(status, false), "FOLLOWING the chain");
  status["mining"]["enabled"] = true;
  status["mining"]["state"] = "waiting for peers";
  expect_says(status_screen(status, false), "waiting for peers");
  status["chain"]["syncing"] = true;
  status["chain"]["behind"] = 7;
  status["chain"]["headers"] = 49;
  expect_says(status_screen(status, false), "SYNCING: 7 blocks behind, at 42 of 49");
  status["mining"]["refused"] = true;
  status["mining"]["state"] = "refused: the golden digest differs";
  expect_says(status_screen(status, false), "REFUSES TO MINE");
}

TEST(StatusScreen, StaysNarrowWhateverThePeersSay) {
  json status = sample();
  status["last_reject"]["what"] = std::string(500, 'x') + "\x1b[31m\n";
  status["last_reject"]["advice"] = std::string(200, 'y') + " " + std::string(200, 'z');
  status["version"] = std::string(100, '9');
  status["peers"][0]["user_agent"] = std::string(1000, '\n');
  status["peers"][0]["address"] = std::string(100, ':');
  status["peers"][0]["height"] = 18'446'744'073'709'551'615ULL;
  status["chain"]["height"] = 18'446'744'073'709'551'615ULL;
  status["mining"]["expected_seconds_to_block"] = 1e308;
  for (int i = 0; i < 40; ++i) status["peers"].push_back(status["peers"][1]);
  const std::string screen = status_screen(status, false);
  std::istringstream lines(screen);
  for (std::string line; std::getline(lines, line);) {
    for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= '~') << line;
  }
  expect_says(screen, "more: freezenet-cli getpeerinfo");
}

TEST(StatusScreen, TakesAnyJson) {
  for (const json& status : {json(), json(5), json::array(), json::object(),
                             json{{"chain", 3}, {"blocks", {1, "x"}}, {"peers", {nullptr}}, {"last_reject", 3}}}) {
    expect_narrow(status_screen(status, false));
  }
}

TEST(StatusScreen, ColourIsForTerminalsOnly) {
  EXPECT_EQ(status_screen(sample(), false).find('\x1b'), std::string::npos);
  EXPECT_NE(status_screen(sample(), true).find("\x1b[32;1mMINING"), std::string::npos);
}

}  // namespace
}  // namespace freezenet::daemon
