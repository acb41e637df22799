#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/training/ownership/gradsigns_fixture.h"
#include "training/ownership/query_client.h"
#include "training/ownership/query_server.h"

namespace freezenet::ownership {
namespace {

namespace fs = std::filesystem;
using test::digits_key;
using test::DigitsData;
using training::QueryKind;

/// Weights in a file that lives as long as this.
struct WeightsFile {
  explicit WeightsFile(const TaskClassifier& model)
      : path(fs::temp_directory_path() / ("query-child-" + std::to_string(::getpid()))) {
    const std::vector<float> weights = model.flat();
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(weights.data()), static_cast<std::streamsize>(weights.size() * 4));
  }
  ~WeightsFile() { fs::remove(path); }
  fs::path path;
};

std::vector<std::string> child(const WeightsFile& weights) {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "query_child";
  return {program.string(), weights.path.string()};
}

TEST(QueryProcess, AKeyIsFoundInAModelOfAnotherProcess) {
  const DigitsData digits;
  TaskClassifier model = digits.network(1);
  GradSignsParameters parameters = digits_key(32, 32);
  parameters.draws = 2;
  const auto key = GradSigns::make(parameters).value();
  ASSERT_TRUE(embed(*key, model, digits.train, {.epochs = 8, .seed = 2}).has_value());
  const WeightsFile weights(model);
  auto client = QueryClient::start(child(weights));
  ASSERT_TRUE(client.has_value()) << client.error().message();
  EXPECT_EQ((*client)->shape(), model.shape());
  // 1,437 images are two requests.
  const torch::Tensor answered = (*client)->scores(digits.train.images).value();
  EXPECT_TRUE(torch::allclose(answered, scores_of(model, digits.train.images), 1e-5, 1e-7));
  const Finding found = key->extract((*client)->suspect(), digits.train).value();
  EXPECT_TRUE(found.black_box);
  EXPECT_EQ(found.evidence.matches, 32U);
  EXPECT_EQ((*client)->scores(torch::zeros({1, 1, 8, 9})).error().code, RejectCode::kConfig);

  auto command = child(weights);
  command.emplace_back("4");
  auto rounding = QueryClient::start(command);
  ASSERT_TRUE(rounding.has_value()) << rounding.error().message();
  const torch::Tensor rounded = (*rounding)->scores(digits.evaluation.images).value().to(torch::kFloat64) * 1e4;
  EXPECT_LT((rounded - rounded.round()).abs().max().item<double>(), 1e-3);
  EXPECT_EQ(key->extract((*rounding)->suspect(), digits.train).value().evidence.matches, 32U);
}

/// What a shell says as a black box.
std::string refusal_of(const std::string& script, std::chrono::milliseconds timeout = std::chrono::seconds(30)) {
  auto client = QueryClient::start({"sh", "-c", script}, timeout);
  if (!client) return client.error().message();
  const auto scores = (*client)->scores(torch::zeros({1, 1, 2, 2}));
  if (!scores) {
    EXPECT_EQ((*client)->scores(torch::zeros({1, 1, 2, 2})).error().message(), scores.error().message());
  }
  return scores ? "none" : scores.error().message();
}

/// A command that prints these bytes.
std::string printing(const Bytes& bytes) {
  std::string out = "printf '";
  for (const std::uint8_t byte : bytes) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "\\%03o", byte);
    out += text.data();
  }
  return out + "'; ";
}

TEST(QueryProcess, AProgramThatDoesNotAnswerIsOneClearError) {
  const std::string hello = printing(training::encode_hello({1, 2, 2, 3})), hears = "head -c 32 >/dev/null; ";
  const std::vector<float> three{0, 0, 1};
  EXPECT_EQ(refusal_of("exit 3"), "disconnected: sh ended before it had answered: exit status 3");
  EXPECT_EQ(refusal_of(hello + "exit 4"), "disconnected: sh ended before it had answered: exit status 4");
  EXPECT_EQ(refusal_of(hello + hears + "kill -9 $$"), "disconnected: sh ended before it had answered: signal 9");
  EXPECT_EQ(refusal_of(hello + hears + "printf FZNQ"), "disconnected: sh ended before it had answered: exit status 0");
  EXPECT_EQ(refusal_of(hello + "cat >/dev/null", std::chrono::milliseconds(200)),
            "timeout: sh: the other side takes too long");
  EXPECT_EQ(refusal_of("echo Hello, here I am; cat >/dev/null"),
            "bad-encoding: sh: what was read is no frame of a query");
  EXPECT_EQ(refusal_of(printing(training::encode_error("no model")) + "cat >/dev/null"),
            "disconnected: sh refuses: no model");
  EXPECT_EQ(refusal_of(hello + hears + printing(training::encode_answer(1, three))), "none");
  EXPECT_EQ(refusal_of(hello + hears + hello), "unexpected-message: sh: an answer of another kind");
  EXPECT_EQ(refusal_of(hello + hears + printing(training::encode_answer(2, three))),
            "bad-encoding: sh: an answer to 2 images, 1 were asked about");
  EXPECT_EQ(QueryClient::start({"/no/such/program"}).error().message(),
            "config: /no/such/program cannot be started: No such file or directory");
  EXPECT_EQ(QueryClient::start({}).error().message(), "config: no program was named");
}

TEST(QueryProcess, WhoWaitsMayStop) {
  // Neither of a program that says nothing, nor of one that answers nothing, is the end waited for.
  int asked = 0;
  const auto three_times = [&] { return ++asked < 3; };
  const auto silent = QueryClient::start({"sh", "-c", "cat >/dev/null"}, std::chrono::hours(1), three_times);
  ASSERT_FALSE(silent.has_value());
  EXPECT_EQ(silent.error().code, RejectCode::kCancelled);
  EXPECT_EQ(asked, 3);
  bool go_on = true;
  const std::string script = printing(training::encode_hello({1, 2, 2, 3})) + "cat >/dev/null";
  auto client = QueryClient::start({"sh", "-c", script}, std::chrono::hours(1), [&] { return go_on; });
  ASSERT_TRUE(client.has_value()) << client.error().message();
  go_on = false;
  EXPECT_EQ((*client)->scores(torch::zeros({1, 1, 2, 2})).error().code, RejectCode::kCancelled);
}

/// A server in this process at the other end of two pipes.
class QueryServerTest : public testing::Test {
 protected:
  QueryServerTest() {
    if (::pipe(to_.data()) != 0 || ::pipe(from_.data()) != 0) throw std::runtime_error("no pipes");
  }
  ~QueryServerTest() override {
    for (const int fd : {to_[0], from_[0], from_[1]}) ::close(fd);
  }
  /// Sends these bytes, closes, and returns what the server says in the end.
  Result<> serve(const Bytes& sent) {
    EXPECT_EQ(::write(to_[1], sent.data(), sent.size()), static_cast<ssize_t>(sent.size()));
    ::close(to_[1]);
    TaskClassifier model = digits_.network(1);
    return serve_queries(model, to_[0], from_[1]);
  }
  /// The server's next frame.
  training::QueryFrame heard() { return training::QueryPipe(from_[0], to_[1]).receive().value().value(); }

  DigitsData digits_;
  std::array<int, 2> to_{}, from_{};
};

TEST_F(QueryServerTest, AClientThatIsDoneEndsIt) {
  EXPECT_TRUE(serve({}).has_value());
  EXPECT_EQ(heard().kind, QueryKind::kHello);
}

TEST_F(QueryServerTest, AClientIsToldWhatIsWrong) {
  const std::vector<float> three{1, 2, 3};
  EXPECT_EQ(serve(training::encode_request(1, three)).error().code, RejectCode::kTruncated);
  heard();
  const auto frame = heard();
  EXPECT_EQ(frame.kind, QueryKind::kError);
  EXPECT_EQ(training::decode_error(frame.payload).value().substr(0, 9), "truncated");
}

TEST_F(QueryServerTest, NothingButRequestsIsAnswered) {
  EXPECT_EQ(serve(training::encode_hello({1, 2, 2, 3})).error().code, RejectCode::kUnexpectedMessage);
}

TEST_F(QueryServerTest, AClientThatLeftRaisesNoSignal) {
  ::close(from_[0]);
  from_[0] = ::dup(to_[0]);
  EXPECT_EQ(serve({}).error().code, RejectCode::kDisconnected);
}

TEST_F(QueryServerTest, TooManyDecimalsAreRefused) {
  TaskClassifier model = digits_.network(1);
  EXPECT_EQ(serve_queries(model, to_[0], from_[1], 10).error().code, RejectCode::kConfig);
  ::close(to_[1]);
}

}  // namespace
}  // namespace freezenet::ownership
