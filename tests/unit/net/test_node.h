#pragma once

#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <spdlog/sinks/base_sink.h>

#include "net/peer_manager.h"
#include "tests/unit/net/fake_chain.h"

namespace freezenet::net::testing {

/// A log that tests wait on: every event of a connection has its line.
class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// Waits for the n-th line that contains the text.
  bool wait(const std::string& text, std::size_t n = 1) {
    std::unique_lock lock(lines_mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return count_locked(text) >= n; });
  }
  std::size_t count(const std::string& text) {
    const std::lock_guard lock(lines_mutex_);
    return count_locked(text);
  }
  std::string all() {
    const std::lock_guard lock(lines_mutex_);
    std::string text;
    for (const auto& line : lines_) text += line + "\n";
    return text;
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    const std::lock_guard lock(lines_mutex_);
    lines_.emplace_back(msg.payload.data(), msg.payload.size());
    changed_.notify_all();
  }
  void flush_() override {}

 private:
  std::size_t count_locked(const std::string& text) const {
    return static_cast<std::size_t>(
        std::count_if(lines_.begin(), lines_.end(), [&](const auto& line) { return line.find(text) != line.npos; }));
  }
  std::mutex lines_mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

/// Threads for everybody's coroutines: two, so that strands are what keeps things apart.
class World {
 public:
  World() {
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { context.run(); });
  }
  ~World() {
    work_.reset();
    for (auto& thread : threads_) thread.join();
  }
  asio::io_context context;

 private:
  asio::executor_work_guard<asio::io_context::executor_type> work_{context.get_executor()};
  std::vector<std::thread> threads_;
};

inline Hash256 test_genesis() { return sha256(as_bytes("a genesis for tests")); }
inline constexpr std::uint32_t kTestMagic = 0x7a667465;

inline PeerManagerConfig test_config() {
  PeerManagerConfig config;
  config.network = "testnet";
  config.magic = kTestMagic;
  config.genesis = test_genesis();
  config.engine = 1;
  config.user_agent = "test/1";
  config.limits.backoff_first = Millis(5);
  config.limits.backoff_max = Millis(50);
  config.limits.close_timeout = Millis(500);
  config.limits.log_burst = 1e6;
  return config;
}

/// One node: identity, chain, manager, log.
class TestNode {
 public:
  explicit TestNode(World& world, std::size_t model_bytes, PeerManagerConfig config = test_config())
      : identity(*NodeIdentity::generate()),
        chain(config.genesis, model_bytes),
        log(std::make_shared<LogSink>()),
        manager(world.context.get_executor(), std::move(config), identity, chain,
                std::make_shared<spdlog::logger>("test", log)) {
    chain.on_tip = [this](const SealedHeader& header) {
      manager.announce(header);
      manager.wake();
    };
  }
  ~TestNode() { manager.stop_and_wait(); }
  void start() {
    const auto started = manager.start();
    ASSERT_TRUE(started) << started.error().message();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(manager.listening_port()); }
  bool was_rejected(std::string_view text) const {
    for (const auto& why : manager.last_rejects()) {
      if (why.reason.find(text) != std::string::npos) return true;
    }
    return false;
  }

  NodeIdentity identity;
  FakeChain chain;
  std::shared_ptr<LogSink> log;
  PeerManager manager;
};

}  // namespace freezenet::net::testing
