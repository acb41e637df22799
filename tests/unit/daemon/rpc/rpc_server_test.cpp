#include "daemon/rpc/rpc_server.h"

#include <atomic>
#include <latch>
#include <memory>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "daemon/rpc_access.h"
#include "tests/unit/daemon/rpc/fake_methods.h"
#include "tests/unit/daemon/rpc/raw_client.h"
#include "tests/unit/daemon/rpc/temporary_folder.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;

class RpcServerTest : public testing::Test {
 protected:
  RpcServerConfig config() const {
    RpcServerConfig c{.address = "127.0.0.1", .port = 0, .paths = DataPaths(folder_.path()), .limits = {}};
    c.limits.body_bytes = 10'000;
    return c;
  }
  void start(RpcServerConfig c) {
    tools_ = std::make_unique<RpcTools>(c.limits.places, c.limits.large_bytes, nullptr);
    server_ = std::make_unique<RpcServer>(std::move(c), fake_methods(), *tools_);
    const auto started = server_->start();
    ASSERT_TRUE(started.has_value()) << started.error().message();
    const auto access = find_rpc_access(DataPaths(folder_.path()), std::nullopt, "127.0.0.1", 1);
    ASSERT_TRUE(access.has_value()) << access.error().message();
    EXPECT_EQ(access->port, server_->port());
    authorization_ = BasicAuth(access->credentials).header();
  }
  std::string request(const std::string& body, const std::string& more = "") const {
    return "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: " + authorization_ +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
  }
  static std::string call(int a, int b) {
    return json{{"jsonrpc", "2.0"}, {"id", a}, {"method", "add"}, {"params", {a, b}}}.dump();
  }
  static std::string status_of(const std::string& response) { return response.substr(9, 3); }
  static json body_of(const std::string& response) {
    return json::parse(response.substr(response.find("\r\n\r\n") + 4));
  }

  TemporaryFolder folder_;
  RpcTools spare_tools_{{}, 1 << 20, nullptr};  // of servers that a test makes itself
  std::unique_ptr<RpcTools> tools_;
  std::unique_ptr<RpcServer> server_;
  std::string authorization_;
};

TEST_F(RpcServerTest, AnswersOneCallAfterAnother) {
  start(config());
  RawClient client(server_->port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send(request(call(i, 10))));
    const std::string response = client.read_response();
    EXPECT_EQ(status_of(response), "200");
    EXPECT_EQ(body_of(response)["result"], i + 10);
  }
  ASSERT_TRUE(client.send(request(call(1, 1), "Connection: close\r\n")));
  EXPECT_EQ(status_of(client.read_to_end()), "200");
}

TEST_F(RpcServerTest, TwoRequestsInOneSegmentGetTwoAnswers) {
  start(config());
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(request(call(1, 1)) + request(call(2, 2))));
  EXPECT_EQ(body_of(client.read_response())["result"], 2);
  EXPECT_EQ(body_of(client.read_response())["result"], 4);
}

TEST_F(RpcServerTest, WithoutTheCookieNothingIsRead) {
  start(config());
  std::string other = authorization_;
  other.back() = other.back() == 'x' ? 'y' : 'x';
  for (const std::string& header :
       {std::string(), std::string("Authorization: Basic eDp5\r\n"), "Authorization: " + other + "\r\n",
        "Authorization: Bearer" + authorization_.substr(5) + "\r\n"}) {
    RawClient client(server_->port());
    // The announced body never comes, and is larger than allowed: neither matters to somebody who may not ask at all.
    ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nHost: x\r\n" + header + "Content-Length: 999999999\r\n\r\n"));
    const std::string response = client.read_response();
    EXPECT_EQ(status_of(response), "401") << header;
    EXPECT_NE(response.find("WWW-Authenticate: Basic"), std::string::npos);
  }
}

TEST_F(RpcServerTest, RefusesOtherRequests) {
  start(config());
  const auto status = [&](const std::string& bytes) {
    RawClient client(server_->port());
    client.send(bytes);
    return status_of(client.read_response());
  };
  EXPECT_EQ(status("GET / HTTP/1.1\r\nAuthorization: " + authorization_ + "\r\n\r\n"), "405");
  EXPECT_EQ(status("POST /other HTTP/1.1\r\nAuthorization: " + authorization_ + "\r\n\r\n"), "404");
  EXPECT_EQ(status("\x16\x03\x01 this is TLS\r\n\r\n"), "400");
  EXPECT_EQ(status("POST / HTTP/1.1\r\nLong: " + std::string(9000, 'x') + "\r\n\r\n"), "431");
}

TEST_F(RpcServerTest, RefusesALargeBodyHoweverItIsAnnounced) {
  start(config());
  RawClient announced(server_->port());
  ASSERT_TRUE(
      announced.send("POST / HTTP/1.1\r\nAuthorization: " + authorization_ + "\r\nContent-Length: 10001\r\n\r\n"));
  EXPECT_EQ(status_of(announced.read_response()), "413");
  RawClient chunked(server_->port());
  ASSERT_TRUE(chunked.send("POST / HTTP/1.1\r\nAuthorization: " + authorization_ +
                           "\r\nTransfer-Encoding: chunked\r\n\r\n2711\r\n"));
  chunked.send(std::string(10'001, ' '));
  EXPECT_EQ(status_of(chunked.read_response()), "413");
  RawClient fitting(server_->port());
  const std::string body = call(1, 2);
  ASSERT_TRUE(fitting.send(request(body + std::string(10'000 - body.size(), ' '))));
  EXPECT_EQ(status_of(fitting.read_response()), "200");
}

TEST_F(RpcServerTest, TellsWaitingClientsToGoOn) {
  start(config());
  RawClient client(server_->port());
  const std::string body = call(2, 2), whole = request(body, "Expect: 100-continue\r\n");
  ASSERT_TRUE(client.send(whole.substr(0, whole.size() - body.size())));
  EXPECT_EQ(status_of(client.read_response()), "100");
  ASSERT_TRUE(client.send(body));
  EXPECT_EQ(body_of(client.read_response())["result"], 4);
}

TEST_F(RpcServerTest, DeepJsonIsAnErrorAndTheServerLives) {
  RpcServerConfig c = config();
  c.limits.body_bytes = 200'000;
  start(std::move(c));
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(request(std::string(100'000, '[') + std::string(100'000, ']'))));
  EXPECT_EQ(body_of(client.read_response())["error"]["code"], -32600);
  ASSERT_TRUE(client.send(request("{\"jsonrpc\"")));
  EXPECT_EQ(body_of(client.read_response())["error"]["code"], -32700);
  ASSERT_TRUE(client.send(request(call(2, 2))));
  EXPECT_EQ(body_of(client.read_response())["result"], 4);
}

TEST_F(RpcServerTest, NotificationsAreAnsweredWithoutABody) {
  start(config());
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(request(R"({"jsonrpc":"2.0","method":"add","params":[1,2]})")));
  EXPECT_EQ(status_of(client.read_response()), "204");
  ASSERT_TRUE(client.send(request(call(1, 2))));
  EXPECT_EQ(body_of(client.read_response())["result"], 3);
}

TEST_F(RpcServerTest, SlowClientsAreClosed) {
  RpcServerConfig c = config();
  c.limits.header = c.limits.body = std::chrono::milliseconds(50);
  start(std::move(c));
  RawClient silent(server_->port()), half_header(server_->port()), half_body(server_->port());
  half_header.send("POST / HTT");
  half_body.send("POST / HTTP/1.1\r\nAuthorization: " + authorization_ + "\r\nContent-Length: 100\r\n\r\n{");
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_EQ(half_header.read_to_end(), "");
  EXPECT_EQ(half_body.read_to_end(), "");
}

TEST_F(RpcServerTest, AClientThatDoesNotReadItsAnswerIsClosed) {
  RpcServerConfig c = config();
  c.limits.body_bytes = std::uint64_t{32} << 20;
  c.limits.dispatch.answer_bytes = std::uint64_t{32} << 20;
  c.limits.large_bytes = std::uint64_t{256} << 20;
  c.limits.write = std::chrono::milliseconds(300);
  c.limits.places.known = 1;
  start(std::move(c));
  // More than the system's buffers of both sides hold, so that somebody has to read.
  const std::string text(std::size_t{24} << 20, 'x');
  const std::string body = json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "echo"}, {"params", {text}}}.dump();
  RawClient client(server_->port());
  ASSERT_TRUE(client.send(request(body)));
  // It holds the only place until its time is over, and not a byte of it is read here.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string status = "503";
  while (status == "503" && std::chrono::steady_clock::now() < end) {
    RawClient other(server_->port());
    ASSERT_TRUE(other.send(request(call(1, 2))));
    status = status_of(other.read_response());
  }
  EXPECT_EQ(status, "200");
  EXPECT_LT(client.read_to_end().size(), text.size()) << "the rest was never sent";
}

TEST_F(RpcServerTest, AnIdleConnectionGivesWayToANewOne) {
  RpcServerConfig c = config();
  c.limits.places.known = 2;
  start(std::move(c));
  RawClient first(server_->port()), second(server_->port());
  for (RawClient* client : {&first, &second}) {
    client->send(request(call(1, 1)));
    EXPECT_EQ(status_of(client->read_response()), "200");
  }
  RawClient third(server_->port());
  third.send(request(call(1, 2)));
  EXPECT_EQ(body_of(third.read_response())["result"], 3);
  EXPECT_EQ(first.read_to_end(), "");
  second.send(request(call(1, 3)));
  EXPECT_EQ(body_of(second.read_response())["result"], 4);
}

TEST_F(RpcServerTest, StrangersKeepNobodyOut) {
  RpcServerConfig c = config();
  c.limits.places = {.known = 2, .strangers = 4, .one_address = 4};
  start(std::move(c));
  std::vector<std::unique_ptr<RawClient>> strangers;
  for (int i = 0; i < 40; ++i) {
    strangers.push_back(std::make_unique<RawClient>(server_->port()));
    strangers.back()->send("POST / HTTP/1.1\r\n");
  }
  RawClient client(server_->port());
  client.send(request(call(20, 22)));
  EXPECT_EQ(body_of(client.read_response())["result"], 42);
  // The oldest have gone long before their deadline of 15 s.
  EXPECT_EQ(strangers.front()->read_to_end(), "");
}

TEST_F(RpcServerTest, CallsAtWorkKeepTheirPlaces) {
  MethodTable methods;
  std::latch running(1);
  std::shared_ptr<boost::asio::steady_timer> held;
  methods.add({Signature{"wait", "test", "", {}, "", ""}, [&](Arguments) -> boost::asio::awaitable<Result<json>> {
                 held = std::make_shared<boost::asio::steady_timer>(co_await boost::asio::this_coro::executor,
                                                                    std::chrono::minutes(1));
                 running.count_down();
                 co_await held->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
                 co_return json("done");
               }});
  methods.add({Signature{"release", "test", "", {}, "", ""}, [&](Arguments) -> boost::asio::awaitable<Result<json>> {
                 held->cancel();
                 co_return json(true);
               }});
  RpcServerConfig c = config();
  c.limits.places.known = 2;
  RpcTools tools(c.limits.places, 1 << 20, nullptr);
  server_ = std::make_unique<RpcServer>(std::move(c), std::move(methods), tools);
  ASSERT_TRUE(server_->start().has_value());
  authorization_ = BasicAuth(find_rpc_access(DataPaths(folder_.path()), std::nullopt, "", 1)->credentials).header();
  RawClient working(server_->port());
  working.send(request(R"({"jsonrpc":"2.0","id":1,"method":"wait"})"));
  running.wait();
  RawClient idle(server_->port()), other(server_->port());
  for (RawClient* client : {&idle, &other}) {
    client->send(request(R"({"jsonrpc":"2.0","id":1,"method":"none"})"));
    EXPECT_EQ(body_of(client->read_response())["error"]["code"], -32601);
  }
  EXPECT_EQ(idle.read_to_end(), "");
  other.send(request(R"({"jsonrpc":"2.0","id":1,"method":"release"})"));
  EXPECT_EQ(body_of(other.read_response())["result"], true);
  EXPECT_EQ(body_of(working.read_response())["result"], "done");
  held.reset();  // before the context that it belongs to
  server_.reset();
}

TEST_F(RpcServerTest, UsersLogInBesideTheCookie) {
  RpcServerConfig c = config();
  const NewRpcUser made = *new_rpc_user("miner-1");
  c.users = {new_rpc_user("somebody")->user, made.user};
  start(std::move(c));
  const auto status = [&](const std::string& credentials) {
    authorization_ = BasicAuth(credentials).header();
    RawClient client(server_->port());
    client.send(request(call(1, 1), "Connection: close\r\n"));
    return status_of(client.read_to_end());
  };
  const std::string cookie = authorization_;
  EXPECT_EQ(status("miner-1:" + made.password), "200");
  EXPECT_EQ(status("somebody:" + made.password), "401");
  EXPECT_EQ(status("nobody:" + made.password), "401");
  EXPECT_EQ(status("miner-1:" + made.password.substr(1)), "401");
  EXPECT_EQ(status("miner-1:" + made.user.hash), "401");
  EXPECT_EQ(status("miner-1:"), "401");
  EXPECT_EQ(status("miner-1"), "401");
  authorization_ = cookie;
  RawClient client(server_->port());
  client.send(request(call(1, 1)));
  EXPECT_EQ(status_of(client.read_response()), "200");
  EXPECT_EQ(tools_->door.wrong_logins(), 6U);
}

TEST_F(RpcServerTest, LargeBodiesShareABudget) {
  RpcServerConfig c = config();
  c.limits.body_bytes = 1 << 20;
  c.limits.large_bytes = (1 << 20) + 1000;
  start(std::move(c));
  RawClient slow(server_->port());
  slow.send("POST / HTTP/1.1\r\nAuthorization: " + authorization_ +
            "\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of(slow.read_response()), "100");  // so its share is taken
  const std::string small = call(1, 2), large = small + std::string(500'000, ' ');
  RawClient refused(server_->port()), chunked(server_->port()), little(server_->port());
  refused.send(request(large));
  EXPECT_EQ(status_of(refused.read_response()), "503");
  chunked.send("POST / HTTP/1.1\r\nAuthorization: " + authorization_ + "\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(status_of(chunked.read_response()), "503");
  little.send(request(small));
  EXPECT_EQ(body_of(little.read_response())["result"], 3);
  slow.send(small + std::string(1'000'000 - small.size(), ' '));
  EXPECT_EQ(body_of(slow.read_response())["result"], 3);
  RawClient again(server_->port());
  again.send(request(large));
  EXPECT_EQ(body_of(again.read_response())["result"], 3);
}

TEST_F(RpcServerTest, ServesManyAtOnce) {
  start(config());
  constexpr int kClients = 8, kCalls = 25;
  std::latch all(kClients);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kClients; ++t) {
    threads.emplace_back([&, t] {
      RawClient client(server_->port());
      all.arrive_and_wait();
      for (int i = 0; i < kCalls; ++i) {
        client.send(request(call(t, i)));
        if (body_of(client.read_response()).value("result", -1) == t + i) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, kClients * kCalls);
}

TEST_F(RpcServerTest, StopClosesIdleConnectionsAndTakesItsFilesAway) {
  start(config());
  struct stat info {};
  ASSERT_EQ(::stat((folder_.path() / ".cookie").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  RawClient idle(server_->port());
  idle.send(request(call(1, 1)));
  EXPECT_EQ(status_of(idle.read_response()), "200");
  server_->stop();
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
  server_->stop();
}

TEST_F(RpcServerTest, ACallThatRunsWhenItStopsIsAnswered) {
  MethodTable methods;
  std::latch running(1), go_on(1);
  methods.add({Signature{"wait", "test", "", {}, "", ""}, [&](Arguments) -> boost::asio::awaitable<Result<json>> {
                 running.count_down();
                 go_on.wait();
                 co_return json("done");
               }});
  server_ = std::make_unique<RpcServer>(config(), std::move(methods), spare_tools_);
  ASSERT_TRUE(server_->start().has_value());
  authorization_ = BasicAuth(find_rpc_access(DataPaths(folder_.path()), std::nullopt, "", 1)->credentials).header();
  RawClient client(server_->port());
  client.send(request(R"({"jsonrpc":"2.0","id":1,"method":"wait"})"));
  running.wait();
  std::thread stopper([&] { server_->stop(); });
  go_on.count_down();
  EXPECT_EQ(body_of(client.read_to_end())["result"], "done");
  stopper.join();
}

TEST_F(RpcServerTest, APortInUseIsNamed) {
  start(config());
  TemporaryFolder other;
  RpcServer second({.address = "127.0.0.1", .port = server_->port(), .paths = DataPaths(other.path()), .limits = {}},
                   fake_methods(), spare_tools_);
  const auto started = second.start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, RejectCode::kConfig);
  EXPECT_NE(started.error().detail.find("port " + std::to_string(server_->port()) + " is in use"), std::string::npos)
      << started.error().detail;
  EXPECT_TRUE(std::filesystem::is_empty(other.path()));
}

TEST_F(RpcServerTest, AFolderThatTakesNoCookieIsNamed) {
  RpcServer server({.address = "127.0.0.1", .port = 0, .paths = DataPaths(folder_.path() / "missing"), .limits = {}},
                   fake_methods(), spare_tools_);
  const auto started = server.start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, RejectCode::kStorage);
}

TEST_F(RpcServerTest, AStartThatFailsLeavesNoCookie) {
  std::filesystem::create_directory(DataPaths(folder_.path()).rpc_address());  // no file can take this name
  RpcServer server(config(), fake_methods(), spare_tools_);
  EXPECT_FALSE(server.start().has_value());
  EXPECT_FALSE(std::filesystem::exists(DataPaths(folder_.path()).cookie()));
}

TEST_F(RpcServerTest, EveryStartHasANewCookie) {
  start(config());
  const std::string before = authorization_;
  server_->stop();
  start(config());
  EXPECT_NE(authorization_, before);
}

TEST(RpcBodyLimit, HoldsTheLargestModelAndStaysBounded) {
  EXPECT_EQ(rpc_body_limit(0), (1U << 20) + 2 * Body::kMaxSize);
  EXPECT_GE(rpc_body_limit(8'000'000), (1U << 20) + 8'000'000 / 3 * 4);
  EXPECT_EQ(rpc_body_limit(~0ULL), 64U << 20);
}

}  // namespace
}  // namespace freezenet::daemon
