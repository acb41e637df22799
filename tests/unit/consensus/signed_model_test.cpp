// The scan of a received model: which fault is named, and where, among several.
#include <bit>
#include <string>

#include <gtest/gtest.h>

#include "consensus/crypto/sha256.h"
#include "consensus/watermark.h"

namespace freezenet {
namespace {

/// A model of several of the scan's blocks, with a tensor that no watermark reaches between two that it reaches.
class SignedModelTest : public ::testing::Test {
 protected:
  SignedModelTest() {
    for (const std::uint32_t rows : {90U, 0U, 77U}) {
      TensorSpec tensor;
      tensor.name = "tensor " + std::to_string(plan_.tensors.size());
      if (rows == 0) {
        tensor.shape = {1001};
        tensor.count = 1001;
      } else {
        tensor.shape = {rows, 100};
        tensor.count = 100 * rows;
      }
      tensor.offset = plan_.parameters;
      plan_.parameters += tensor.count;
      plan_.tensors.push_back(tensor);
    }
    watermark_ = derive_watermark(plan_, 50'000, sha256(as_bytes("seed")));
    weights_.assign(plan_.parameters, 0.25F);
    apply_watermark(watermark_, plan_, weights_);
  }
  void expect_fault(RejectCode code, const std::string& where) const {
    const auto checked = check_signed_model(watermark_, plan_, weights_);
    ASSERT_FALSE(checked) << where;
    EXPECT_EQ(checked.error().code, code) << where;
    EXPECT_NE(checked.error().message().find(where), std::string::npos) << checked.error().message();
  }

  Plan plan_;
  Watermark watermark_;
  std::vector<float> weights_;
};

TEST_F(SignedModelTest, TheFirstFaultIsNamed) {
  ASSERT_TRUE(check_signed_model(watermark_, plan_, weights_));
  struct Fault {
    RejectCode code;
    std::uint32_t bits;
  };
  const std::vector<Fault> faults{
      {RejectCode::kNegativeZero, 0x8000'0000},    {RejectCode::kNonFiniteWeight, 0x7F80'0000},
      {RejectCode::kWeightTooLarge, 0x4780'0001},  {RejectCode::kNonFiniteWeight, 0xFF80'0000},
      {RejectCode::kNonFiniteWeight, 0x7FC0'0000}, {RejectCode::kWeightTooLarge, 0xC780'0001},
      {RejectCode::kNonFiniteWeight, 0xFFFF'FFFF}, {RejectCode::kWeightTooLarge, 0x7F7F'FFFF},
      {RejectCode::kNonFiniteWeight, 0x7F80'0001}};
  // From the back, so that each new fault lies before all others; across the borders of blocks and tensors.
  const std::vector<std::size_t> places{17'700, 16'384, 16'383, 10'001, 10'000, 9000, 8999, 4097, 4096, 4095, 1, 0};
  std::size_t next = 0;
  for (const std::size_t place : places) {
    const Fault& fault = faults[next++ % faults.size()];
    weights_[place] = std::bit_cast<float>(fault.bits);
    const std::size_t tensor = place < 9000 ? 0 : place < 10'001 ? 1 : 2;
    expect_fault(fault.code, "element " + std::to_string(place - plan_.tensors[tensor].offset) + " of tensor " +
                                 std::to_string(tensor));
  }
}

TEST_F(SignedModelTest, AFaultOfAnyWeightComesBeforeTheWatermark) {
  weights_[watermark_.tensors[0].positions[0]] = 0.5F;
  expect_fault(RejectCode::kWrongWatermark, "1 of 835 positions differ");
  weights_.back() = -0.0F;
  expect_fault(RejectCode::kNegativeZero, "element 7699 of tensor 2");
}

TEST_F(SignedModelTest, NumbersThatAreAllowed) {
  std::size_t bias = 9000;
  for (const std::uint32_t bits :
       {0U, 1U, 0x8000'0001U, 0x007F'FFFFU, 0x3F80'0000U, 0x477F'FFFFU, 0x4780'0000U, 0xC780'0000U}) {
    weights_[bias++] = std::bit_cast<float>(bits);
    EXPECT_TRUE(check_signed_model(watermark_, plan_, weights_)) << std::hex << bits;
  }
}

}  // namespace
}  // namespace freezenet
