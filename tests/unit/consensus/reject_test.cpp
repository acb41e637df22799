#include "consensus/reject.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace freezenet {
namespace {

constexpr int kLast = static_cast<int>(RejectCode::kConfig);

TEST(Reject, EveryCodeHasItsOwnKebabCaseName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= kLast; ++i) {
    const std::string_view text = name(static_cast<RejectCode>(i));
    EXPECT_TRUE(names.insert(text).second) << text;
    EXPECT_NE(text, "unknown-code");
    EXPECT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << text;
    EXPECT_NE(text.front(), '-');
    EXPECT_NE(text.back(), '-');
  }
  EXPECT_EQ(name(static_cast<RejectCode>(kLast + 1)), "unknown-code")
      << "kConfig is no longer the last code: mend kLast";
}

TEST(Reject, NamesAreStable) {
  EXPECT_EQ(name(RejectCode::kWrongWatermark), "wrong-watermark");
  EXPECT_EQ(name(RejectCode::kWrongTrace), "wrong-trace");
  EXPECT_EQ(name(RejectCode::kBadSignature), "bad-signature");
  EXPECT_EQ(name(RejectCode::kHighHash), "high-hash");
}

TEST(Reject, WhatTheHashDoesNotCommitToNeverBlamesTheBlock) {
  for (const RejectCode code :
       {RejectCode::kBadSignature, RejectCode::kWrongBodyRoot, RejectCode::kWrongTraceRoot, RejectCode::kWrongModelRoot,
        RejectCode::kBadChunk, RejectCode::kWrongModelSize, RejectCode::kTruncated, RejectCode::kWrongDigestCount}) {
    EXPECT_EQ(blame(code), Blame::kSender) << name(code);
  }
}

TEST(Reject, WhatIsUnknownLateOrEarlyIsNobodysFault) {
  for (const RejectCode code :
       {RejectCode::kUnknownParent, RejectCode::kParentUnverified, RejectCode::kTimeTooEarly, RejectCode::kDuplicate,
        RejectCode::kNotFound, RejectCode::kTooManyHeaders, RejectCode::kBusy, RejectCode::kTimeout}) {
    EXPECT_EQ(blame(code), Blame::kNobody) << name(code);
  }
}

TEST(Reject, ProvenFalseBlocks) {
  for (const RejectCode code : {RejectCode::kHighHash, RejectCode::kWrongBits, RejectCode::kWrongStartRoot,
                                RejectCode::kWrongWatermark, RejectCode::kNonFiniteWeight, RejectCode::kWrongTrace,
                                RejectCode::kWrongReplayedModel, RejectCode::kVoidSegment, RejectCode::kSecondSeal}) {
    EXPECT_EQ(blame(code), Blame::kBlock) << name(code);
  }
}

TEST(Reject, AWalletsRefusalBlamesNobody) {
  for (const RejectCode code : {RejectCode::kWrongPassphrase, RejectCode::kWalletLocked, RejectCode::kWalletState}) {
    EXPECT_EQ(blame(code), Blame::kNobody) << name(code);
  }
}

TEST(Reject, OurOwnFailures) {
  for (const RejectCode code : {RejectCode::kStorage, RejectCode::kDiskFull, RejectCode::kSelfTestFailed,
                                RejectCode::kCancelled, RejectCode::kConfig}) {
    EXPECT_EQ(blame(code), Blame::kOurselves) << name(code);
  }
}

TEST(Reject, MessageJoinsNameAndDetail) {
  EXPECT_EQ((Reject{RejectCode::kWrongWatermark, "3 of 1925 positions differ"}.message()),
            "wrong-watermark: 3 of 1925 positions differ");
  EXPECT_EQ((Reject{RejectCode::kDuplicate, ""}.message()), "duplicate");
  EXPECT_EQ(name(Blame::kNobody), "nobody");
}

}  // namespace
}  // namespace freezenet
