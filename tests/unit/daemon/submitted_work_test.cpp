#include "daemon/submitted_work.h"

#include <gtest/gtest.h>

#include "consensus/base/hex.h"

namespace freezenet::daemon {
namespace {

SubmittedWork some_work(bool is_signed) {
  SubmittedWork work;
  work.is_signed = is_signed;
  work.header.candidate.nonce = 7;
  work.header.trace_root.bytes[0] = 1;
  if (is_signed) work.header.signature.bytes[63] = 9;
  work.body.digests.resize(3);
  return work;
}

TEST(SubmittedWork, ReadsWhatAWorkerWrites) {
  for (const bool is_signed : {false, true}) {
    const SubmittedWork work = some_work(is_signed);
    const auto read = read_submitted_work(header_hex(work.header, is_signed), body_hex(work.body));
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->header, work.header);
    EXPECT_EQ(read->is_signed, is_signed);
    EXPECT_EQ(read->body, work.body);
  }
}

TEST(SubmittedWork, RefusesAllElseByName) {
  const std::string header = header_hex(some_work(true).header, true), body = body_hex(some_work(true).body);
  const auto refusal = [](const std::string& h, const std::string& b) {
    const auto read = read_submitted_work(h, b);
    EXPECT_FALSE(read);
    return read ? RejectCode::kCancelled : read.error().code;
  };
  using enum RejectCode;
  EXPECT_EQ(refusal("", body), kBadEncoding);
  EXPECT_EQ(refusal(header.substr(2), body), kBadEncoding);
  EXPECT_EQ(refusal(header + "00", body), kBadEncoding);
  EXPECT_EQ(refusal("x" + header.substr(1), body), kBadEncoding);
  EXPECT_EQ(refusal(header, "0"), kBadEncoding);
  EXPECT_EQ(refusal(header, "zz"), kBadEncoding);
  EXPECT_EQ(refusal(header, ""), kTruncated);
  EXPECT_EQ(refusal(header, body + "00"), kTrailingBytes);
  EXPECT_EQ(refusal(header, std::string(2 * Body::kMaxSize + 2, '0')), kTooLarge);
}

}  // namespace
}  // namespace freezenet::daemon
