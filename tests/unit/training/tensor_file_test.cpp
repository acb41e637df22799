#include "training/tensor_file.h"

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "consensus/base/serialize.h"
#include "consensus/default_task.h"
#include "consensus/watermark.h"
#include "training/model_file.h"

namespace freezenet::training {
namespace {

Bytes file_of(const std::string& header, std::size_t data_bytes) {
  Writer out;
  out.integer(std::uint64_t{header.size()});
  out.bytes({reinterpret_cast<const std::uint8_t*>(header.data()), header.size()});
  out.bytes(Bytes(data_bytes, 7));
  return out.take();
}

std::string refused(const std::string& header, std::size_t data_bytes, RejectCode code = RejectCode::kBadEncoding) {
  const auto read = read_tensor_file(file_of(header, data_bytes));
  EXPECT_FALSE(read.has_value()) << header;
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, code) << header;
  return read.error().detail;
}

constexpr const char* kMixed =
    R"({"z.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},"__metadata__":{"a":"b"},)"
    R"("n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"half":{"dtype":"BF16","shape":[3],"data_offsets":[32,38]},)"
    R"("none":{"dtype":"F64","shape":[0,4],"data_offsets":[8,8]}})";

TEST(TensorFile, TakesAnyTensorsInTheOrderOfTheirData) {
  const auto read = read_tensor_file(file_of(kMixed, 38));
  ASSERT_TRUE(read.has_value()) << read.error().message();
  ASSERT_EQ(read->tensors.size(), 4U);
  const std::vector<std::string> names{"n", "none", "z.weight", "half"};
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(read->tensors[i].name, names[i]);
  EXPECT_EQ(read->tensors[2].dtype, "F32");
  EXPECT_EQ(read->tensors[2].shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(read->tensors[2].end, 32U);
  EXPECT_EQ(read->metadata, (Metadata{{"a", "b"}}));
  EXPECT_EQ(read->data_at, 8 + std::string(kMixed).size());
}

TEST(TensorFile, AFileWithoutTensorsIsOne) {
  const auto read = read_tensor_file(file_of("{}", 0));
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(read->tensors.empty());
}

TEST(TensorFile, NamesWhatIsWrong) {
  const auto one = [](const std::string& entry) { return R"({"w":)" + entry + "}"; };
  EXPECT_NE(refused(one(R"({"dtype":"F33","shape":[1],"data_offsets":[0,4]})"), 4).find("unknown dtype 'F33'"),
            std::string::npos);
  EXPECT_NE(refused(one(R"({"dtype":4,"shape":[1],"data_offsets":[0,4]})"), 4).find("not text"), std::string::npos);
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":{},"data_offsets":[0,4]})"), 4).find("no list"), std::string::npos);
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})"), 4).find("do not span"),
            std::string::npos);
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,0]})"), 4).find("do not span"),
            std::string::npos);
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})"), 8).find("a gap or an overlap"),
            std::string::npos);
  EXPECT_NE(refused(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                    R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                    3)
                .find("overlap"),
            std::string::npos);
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})"), 5, RejectCode::kWrongModelSize)
                .find("5 bytes of data"),
            std::string::npos);
  std::string deep = "[1";
  for (int i = 0; i < 32; ++i) deep += ",1";
  EXPECT_NE(refused(one(R"({"dtype":"F32","shape":)" + deep + R"(],"data_offsets":[0,4]})"), 4).find("no list"),
            std::string::npos);
}

/// 2^62 * 4 bytes are none in 64 bits.
TEST(TensorFile, AShapeThatOverflowsIsRefused) {
  const std::string entry = R"({"w":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}})";
  EXPECT_NE(refused(entry, 0).find("do not span"), std::string::npos);
  const std::string product = R"({"w":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})";
  EXPECT_NE(refused(product, 0).find("do not span"), std::string::npos);
}

TEST(TensorFile, AHeaderThatIsTooLongIsRefusedBeforeItIsRead) {
  Bytes file = file_of("{}", 0);
  std::fill(file.begin(), file.begin() + 8, std::uint8_t{0xff});
  const auto read = read_tensor_file(file);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, RejectCode::kTooLarge);
}

TEST(TensorFile, NoPrefixIsAFile) {
  const Bytes file = file_of(kMixed, 38);
  for (std::size_t length = 0; length < file.size(); ++length)
    EXPECT_FALSE(read_tensor_file(ByteView(file).first(length)).has_value()) << length;
}

class RenewedRoot : public testing::Test {
 protected:
  Task task = digits_task();
  Plan plan = plan_of(task).value();
  std::vector<float> weights = genesis_weights(plan, task.id());
};

TEST_F(RenewedRoot, SpeaksOfTheWeightsThatAreThere) {
  const Bytes before = write_model(task, plan, weights, {{"kind", "lab"}});
  const auto layout = read_tensor_file(before);
  ASSERT_TRUE(layout.has_value());
  Bytes after = before;
  after.back() ^= 1U;
  const Bytes changed = after;
  renew_model_root(*layout, before, after);
  const auto model = read_model(plan, after);
  ASSERT_TRUE(model.has_value());
  EXPECT_TRUE(check_claims(task, *model).has_value());
  // Nothing but those 64 digits.
  std::size_t differing = 0;
  for (std::size_t i = 0; i < after.size(); ++i) differing += after[i] != changed[i] ? 1U : 0U;
  EXPECT_LE(differing, 64U);
  EXPECT_GT(differing, 30U);
}

TEST_F(RenewedRoot, AClaimThatWasFalseStays) {
  Bytes before = write_model(task, plan, weights, {});
  before.back() ^= 1U;
  const auto layout = read_tensor_file(before);
  Bytes after = before;
  after.back() ^= 2U;
  const Bytes changed = after;
  renew_model_root(*layout, before, after);
  EXPECT_EQ(after, changed);
}

}  // namespace
}  // namespace freezenet::training
