#include "daemon/worker/work_template.h"

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/rules.h"
#include "consensus/watermark.h"
#include "daemon/rpc/base64.h"
#include "daemon/submitted_work.h"
#include "daemon/worker/backoff.h"
#include "training/model_file.h"

namespace freezenet::worker {
namespace {

using nlohmann::json;

class WorkTemplateTest : public testing::Test {
 protected:
  WorkTemplateTest() {
    header_.task_id = tasks_.front().task.id();
    header_.body_root = Body{}.body_root();
    header_.bits = regtest_params().genesis_bits;
    header_.time = 5;
  }
  json answer() const {
    Writer out;
    header_.encode(out);
    return {{"network", "regtest"},         {"header", to_hex(ByteView(out.data()))},
            {"body", daemon::body_hex({})}, {"height", 3U},
            {"signed_by", "node"},          {"longpollid", "1-2"}};
  }
  Result<WorkTemplate> read(const json& from) const { return read_work_template(from, "regtest", tasks_); }
  RejectCode refusal(const json& from) const {
    const auto read_it = read(from);
    EXPECT_FALSE(read_it) << from.dump();
    return read_it ? RejectCode::kCancelled : read_it.error().code;
  }
  json with(const char* key, const json& value) const {
    json changed = answer();
    changed[key] = value;
    return changed;
  }

  const std::vector<training::TaskContext> tasks_ = *training::load_task_contexts(regtest_params());
  CandidateHeader header_;
};

TEST_F(WorkTemplateTest, ComputesWhatItNeedNotBelieve) {
  const auto read_it = read(with("target", std::string(64, 'f')));
  ASSERT_TRUE(read_it) << read_it.error().message();
  EXPECT_EQ(read_it->work.header, header_);
  EXPECT_EQ(read_it->work.target, ticket_target(tasks_.front().task, header_.bits)) << "not what the answer says";
  EXPECT_EQ(read_it->work.height, 3U);
  EXPECT_EQ(read_it->work.task, 0U);
  EXPECT_TRUE(read_it->node_signs);
  EXPECT_EQ(read_it->longpollid, "1-2");
}

TEST_F(WorkTemplateTest, TakesTheTransactionsThatTheHeaderCommitsTo) {
  const Body paid{{Transaction{XOnlyKey{{7}}, 1, 2, Transfer{XOnlyKey{{8}}, 5}, {}}}, {}};
  header_.body_root = paid.body_root();
  const auto read_it = read(with("body", daemon::body_hex(paid)));
  ASSERT_TRUE(read_it) << read_it.error().message();
  EXPECT_EQ(read_it->work.body, paid);
  EXPECT_EQ(refusal(with("body", daemon::body_hex({}))), RejectCode::kWrongBodyRoot);
}

TEST_F(WorkTemplateTest, RefusesByNameWhatNoNodeAnswers) {
  using enum RejectCode;
  EXPECT_EQ(refusal(json::array()), kBadEncoding);
  for (const char* key : {"network", "header", "body", "height", "signed_by", "longpollid"}) {
    json without = answer();
    without.erase(key);
    EXPECT_EQ(refusal(without), kBadEncoding) << key;
    EXPECT_EQ(refusal(with(key, json::array())), kBadEncoding) << key;
  }
  EXPECT_EQ(refusal(with("network", "testnet")), kWrongNetwork);
  EXPECT_EQ(refusal(with("header", "00")), kBadEncoding);
  EXPECT_EQ(refusal(with("header", std::string(2 * CandidateHeader::kSize, 'x'))), kBadEncoding);
  EXPECT_EQ(refusal(with("height", 0U)), kBadEncoding);
  EXPECT_EQ(refusal(with("height", ~0ULL)), kBadEncoding);
  EXPECT_EQ(refusal(with("height", -1)), kBadEncoding);
  EXPECT_EQ(refusal(with("signed_by", "nobody")), kBadEncoding);
  EXPECT_EQ(refusal(with("longpollid", std::string(201, 'a'))), kBadEncoding);
  EXPECT_EQ(refusal(with("body", "0")), kBadEncoding);
  EXPECT_EQ(refusal(with("body", std::string(2 * Body::kMaxSize + 2, '0'))), kTooLarge);
  EXPECT_EQ(refusal(with("body", daemon::body_hex({{}, {Hash256{}}}))), kBadEncoding) << "digests before any work";
  header_.body_root.bytes[0] ^= 1;
  EXPECT_EQ(refusal(answer()), kWrongBodyRoot);
  header_.body_root.bytes[0] ^= 1;
  header_.task_id.bytes[0] ^= 1;
  EXPECT_EQ(refusal(answer()), kWrongTask);
  header_.task_id.bytes[0] ^= 1;
  header_.bits = 0;
  EXPECT_EQ(refusal(answer()), kWrongBits);
  header_.bits = regtest_params().genesis_bits;
  ++header_.version;
  EXPECT_EQ(refusal(answer()), kBadVersion);
}

TEST_F(WorkTemplateTest, TakesAModelOnlyUnderItsRoot) {
  const training::TaskContext& task = tasks_.front();
  const std::vector<float> weights = genesis_weights(task.plan, task.task.id());
  const Hash256 root = training::model_root(weights);
  const json answer = {{"data", daemon::to_base64(training::write_model(task.task, task.plan, weights, {}))}};
  const auto read_it = read_start_model(answer, root, task);
  ASSERT_TRUE(read_it) << read_it.error().message();
  EXPECT_EQ(*read_it, weights);
  Hash256 other = root;
  other.bytes[3] ^= 1;
  EXPECT_EQ(read_start_model(answer, other, task).error().code, RejectCode::kWrongModelRoot);
  EXPECT_EQ(read_start_model({{"data", "?"}}, root, task).error().code, RejectCode::kBadEncoding);
  EXPECT_EQ(read_start_model(json::array(), root, task).error().code, RejectCode::kBadEncoding);
}

TEST_F(WorkTemplateTest, KnowsThreeFates) {
  EXPECT_EQ(read_fate({{"outcome", "accepted"}}), Fate::kAccepted);
  EXPECT_EQ(read_fate({{"outcome", "stale"}}), Fate::kStale);
  EXPECT_EQ(read_fate({{"outcome", "queued"}}), Fate::kQueued);
  for (const json& other : {json({{"outcome", "lost"}}), json({{"outcome", 1}}), json(true)}) {
    EXPECT_EQ(read_fate(other).error().code, RejectCode::kBadEncoding) << other.dump();
  }
}

TEST(Backoff, DoublesUpToItsBoundWithinHalfOfTheSpan) {
  using Span = Backoff::Span;
  Backoff backoff(Span(100), Span(1000), 1);
  for (int round = 0; round < 2; ++round) {
    for (const int whole : {100, 200, 400, 800, 1000, 1000}) {
      const auto span = backoff.next().count();
      EXPECT_GE(span, whole / 2);
      EXPECT_LE(span, whole);
    }
    backoff.reset();
  }
  Backoff one(Span(1000), Span(1000), 1), two(Span(1000), Span(1000), 2);
  EXPECT_NE(one.next(), two.next()) << "workers that lost their node together come back at different times";
}

}  // namespace
}  // namespace freezenet::worker
