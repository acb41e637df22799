#include "daemon/rpc/dispatcher.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "daemon/rpc/active_calls.h"
#include "daemon/workers.h"
#include "tests/unit/daemon/rpc/fake_methods.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;

/// The answer's text; nullopt where there is none.
std::optional<std::string> answer_to(const std::string& request) {
  const Dispatcher dispatcher(fake_methods(), Dispatcher::Limits{.batch = 3, .json = {}});
  boost::asio::io_context io;
  std::optional<std::string> answer;
  boost::asio::co_spawn(io, dispatcher.handle(request), [&](std::exception_ptr error, std::optional<std::string> text) {
    EXPECT_FALSE(error);
    answer = std::move(text);
  });
  io.run();
  return answer;
}

json parsed(const std::string& request) { return json::parse(answer_to(request).value_or("\"no answer\"")); }
int error_code(const std::string& request) { return parsed(request).at("error").at("code").get<int>(); }

TEST(Dispatcher, AnswersACall) {
  const json answer = parsed(R"({"jsonrpc":"2.0","id":7,"method":"add","params":[2,3]})");
  EXPECT_EQ(answer, (json{{"jsonrpc", "2.0"}, {"id", 7}, {"result", 5}}));
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":"x","method":"add","params":{"b":3,"a":1}})")["result"], 4);
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":null,"method":"echo","params":["hi"]})")["result"], "hi");
}

TEST(Dispatcher, UsesTheStandardErrorCodes) {
  EXPECT_EQ(error_code("{"), -32700);
  EXPECT_EQ(error_code(std::string(100'000, '[')), -32600);
  EXPECT_EQ(error_code("[]"), -32600);
  EXPECT_EQ(error_code("5"), -32600);
  EXPECT_EQ(error_code(R"({"id":1,"method":"add"})"), -32600);
  EXPECT_EQ(error_code(R"({"jsonrpc":"2.0","id":{},"method":"add"})"), -32600);
  EXPECT_EQ(error_code(R"({"jsonrpc":"2.0","id":1,"method":5})"), -32600);
  EXPECT_EQ(error_code(R"({"jsonrpc":"2.0","id":1,"method":"nothing"})"), -32601);
  EXPECT_EQ(error_code(R"({"jsonrpc":"2.0","id":1,"method":"add","params":[1]})"), -32602);
  EXPECT_EQ(error_code(R"({"jsonrpc":"2.0","id":1,"method":"throw"})"), -32603);
}

TEST(Dispatcher, ARefusalCarriesItsStableName) {
  const json answer = parsed(R"({"jsonrpc":"2.0","id":1,"method":"refuse"})");
  EXPECT_EQ(answer["error"]["code"], -32000);
  EXPECT_EQ(answer["error"]["message"], "no such thing");
  EXPECT_EQ(answer["error"]["data"]["reject"], "not-found");
}

TEST(Dispatcher, NamesTheMethodThatIsMeant) {
  EXPECT_EQ(parsed(R"({"jsonrpc":"2.0","id":1,"method":"ehco"})")["error"]["message"],
            "no method ehco; did you mean echo?");
}

TEST(Dispatcher, NotificationsGetNoAnswer) {
  EXPECT_EQ(answer_to(R"({"jsonrpc":"2.0","method":"add","params":[2,3]})"), std::nullopt);
  EXPECT_EQ(answer_to(R"({"jsonrpc":"2.0","method":"nothing"})"), std::nullopt);
  EXPECT_EQ(answer_to(R"([{"jsonrpc":"2.0","method":"add"},{"jsonrpc":"2.0","method":"refuse"}])"), std::nullopt);
}

TEST(Dispatcher, ABatchIsAnsweredInOrderAndBounded) {
  const json answer = parsed(
      R"([{"jsonrpc":"2.0","id":1,"method":"add","params":[1,1]},5,{"jsonrpc":"2.0","id":2,"method":"echo","params":["b"]}])");
  ASSERT_EQ(answer.size(), 3U);
  EXPECT_EQ(answer[0]["result"], 2);
  EXPECT_EQ(answer[1]["error"]["code"], -32600);
  EXPECT_EQ(answer[2]["result"], "b");
  EXPECT_EQ(error_code("[1,2,3,4]"), -32600);
}

TEST(Dispatcher, AnswersWhateverBytesAnErrorQuotes) {
  // The nearest name to 41 bytes of which a quote may cut a character in two: the answer is still JSON.
  const std::string name = std::string(39, 'x') + "\xc3\xa9\xc3\xa9";
  EXPECT_EQ(error_code(R"({"jsonrpc":"2.0","id":1,"method":")" + name + "\"}"), -32601);
}

/// Through a dispatcher of the test's own limits, with workers.
json answer_within(const Dispatcher::Limits& limits, const std::string& request) {
  Workers workers(1);
  ActiveCalls calls;
  const Dispatcher dispatcher(fake_methods(), limits, &workers, &calls);
  boost::asio::io_context io;
  std::optional<std::string> answer;
  boost::asio::co_spawn(io, dispatcher.handle(request), [&](std::exception_ptr error, std::optional<std::string> text) {
    EXPECT_FALSE(error);
    answer = std::move(text);
  });
  io.run();
  EXPECT_TRUE(calls.list().empty());
  return json::parse(answer.value_or("\"no answer\""));
}

std::string echo(std::size_t bytes, int id = 1) {
  return json{{"jsonrpc", "2.0"}, {"id", id}, {"method", "echo"}, {"params", {std::string(bytes, 'x')}}}.dump();
}

TEST(Dispatcher, BoundsTheAnswerOfACall) {
  Dispatcher::Limits limits;
  limits.answer_bytes = 1000;
  EXPECT_EQ(answer_within(limits, echo(900))["result"].get<std::string>().size(), 900U);
  EXPECT_EQ(answer_within(limits, echo(1100))["error"]["data"]["reject"], "too-large");
}

TEST(Dispatcher, BoundsTheAnswersOfABatchTogether) {
  Dispatcher::Limits limits;
  limits.answer_bytes = 1000;
  const json answers =
      answer_within(limits, "[" + echo(400, 1) + "," + echo(400, 2) + "," + echo(400, 3) + "," + echo(1, 4) + "]");
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_TRUE(answers[0].contains("result") && answers[1].contains("result"));
  EXPECT_EQ(answers[2]["error"]["data"]["reject"], "too-large");
  EXPECT_EQ(answers[3]["error"]["data"]["reject"], "too-large");
  EXPECT_EQ(answers[3]["id"], 4);
}

TEST(Dispatcher, WorkersGiveTheSameAnswers) {
  Dispatcher::Limits limits;
  limits.inline_bytes = 10;
  EXPECT_EQ(answer_within(limits, echo(500)), parsed(echo(500)));
  EXPECT_EQ(answer_within(limits, std::string(100'000, '['))["error"]["code"], -32600);
  EXPECT_EQ(answer_within(limits, "{\"jsonrpc\":               ")["error"]["code"], -32700);
}

TEST(JsonBytes, IsNearTheTextAndStopsCounting) {
  const json value = {{"name", std::string(1000, 'x')}, {"list", {1, 2, 3}}};
  EXPECT_GE(json_bytes(value, 1 << 20), value.dump().size());
  EXPECT_LE(json_bytes(value, 1 << 20), value.dump().size() + 200);
  EXPECT_EQ(json_bytes(value, 100), 100U);
}

}  // namespace
}  // namespace freezenet::daemon
