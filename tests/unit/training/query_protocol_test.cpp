#include "training/query_protocol.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "consensus/base/serialize.h"

namespace freezenet::training {
namespace {

constexpr QueryShape kShape{1, 2, 2, 3};

ByteView head(const Bytes& frame) { return ByteView(frame).first(QueryHeader::kSize); }
ByteView payload(const Bytes& frame) { return ByteView(frame).subspan(QueryHeader::kSize); }

TEST(QueryProtocol, EveryFrameIsReadAsItWasWritten) {
  const std::vector<float> images{1, 2, 3, 4, 5, 6, 7, 8}, scores{0.5F, 0.25F, 0.25F, 1, 0, 0};
  const Bytes hello = encode_hello(kShape), request = encode_request(2, images), answer = encode_answer(2, scores);
  EXPECT_EQ(decode_query_header(head(hello)).value().kind, QueryKind::kHello);
  EXPECT_EQ(decode_hello(payload(hello)).value(), kShape);
  EXPECT_EQ(decode_query_header(head(request)).value().length, request.size() - QueryHeader::kSize);
  EXPECT_EQ(decode_request(kShape, payload(request)).value().values, images);
  EXPECT_EQ(decode_query_header(head(answer)).value().kind, QueryKind::kAnswer);
  EXPECT_EQ(decode_answer(kShape, 2, payload(answer)).value().values, scores);
  EXPECT_EQ(decode_error(payload(encode_error("no\n" + std::string(400, 'x')))).value(), "no?" + std::string(253, 'x'));
}

TEST(QueryProtocol, TheFirstByteOfAFrameHasItsPlace) {
  const Bytes hello = encode_hello(kShape);
  const Bytes expected{'F', 'Z', 'N', 'Q', 1, 0, 1, 0, 16, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0};
  EXPECT_EQ(hello, expected);
}

RejectCode code_of_header(std::uint32_t magic, std::uint16_t version, std::uint16_t kind, std::uint32_t length) {
  const auto read = decode_query_header(Writer().integer(magic).integer(version).integer(kind).integer(length).data());
  return read ? RejectCode::kCancelled : read.error().code;
}

TEST(QueryProtocol, AHeaderIsRefusedByName) {
  EXPECT_EQ(code_of_header(kQueryMagic, 1, 2, kMaxQueryPayload), RejectCode::kCancelled);
  EXPECT_EQ(code_of_header(kQueryMagic, 1, 2, kMaxQueryPayload + 1), RejectCode::kTooLarge);
  EXPECT_EQ(code_of_header(kQueryMagic, 1, 1, 17), RejectCode::kTooLarge);
  EXPECT_EQ(code_of_header(kQueryMagic, 1, 4, 257), RejectCode::kTooLarge);
  EXPECT_EQ(code_of_header(kQueryMagic + 1, 1, 2, 4), RejectCode::kBadEncoding);
  EXPECT_EQ(code_of_header(kQueryMagic, 2, 2, 4), RejectCode::kWrongProtocolVersion);
  EXPECT_EQ(code_of_header(kQueryMagic, 1, 5, 4), RejectCode::kUnknownMessage);
  EXPECT_EQ(code_of_header(kQueryMagic, 1, 0, 4), RejectCode::kUnknownMessage);
  EXPECT_EQ(decode_query_header(Bytes(11)).error().code, RejectCode::kTruncated);
}

TEST(QueryProtocol, APayloadIsRefusedByName) {
  const auto hello = [](std::uint32_t c, std::uint32_t side, std::uint32_t classes) {
    return decode_hello(payload(encode_hello({c, side, side, classes})));
  };
  EXPECT_TRUE(hello(1, 1024, 256).has_value());
  EXPECT_EQ(hello(0, 8, 10).error().code, RejectCode::kBadEncoding);
  EXPECT_EQ(hello(1, 1025, 10).error().code, RejectCode::kBadEncoding);
  EXPECT_EQ(hello(1, 8, 257).error().code, RejectCode::kBadEncoding);
  EXPECT_EQ(hello(16, 1024, 10).error().code, RejectCode::kBadEncoding);  // one image is more than a payload
  const auto request = [](std::uint32_t images, const std::vector<float>& values) {
    const Bytes frame = encode_request(images, values);
    return decode_request(kShape, payload(frame));
  };
  EXPECT_EQ(request(0, {}).error().code, RejectCode::kBadEncoding);
  EXPECT_EQ(request(1, {1, 2, 3}).error().code, RejectCode::kTruncated);
  EXPECT_EQ(request(1, {1, 2, 3, 4, 5}).error().code, RejectCode::kTrailingBytes);
  EXPECT_EQ(request(0xFFFFFFFF, {1, 2, 3, 4}).error().code, RejectCode::kTooLarge);
  EXPECT_EQ(request(1, {1, 2, 3, std::numeric_limits<float>::quiet_NaN()}).error().code, RejectCode::kBadEncoding);
  EXPECT_EQ(decode_request(kShape, Bytes(3)).error().code, RejectCode::kTruncated);
  const std::vector<float> infinite{0, 1, std::numeric_limits<float>::infinity()}, whole{0, 1, 0};
  EXPECT_EQ(decode_answer(kShape, 1, payload(encode_answer(1, infinite))).error().detail,
            "image 0 has a value that is not finite");
  EXPECT_EQ(decode_answer(kShape, 2, payload(encode_answer(1, whole))).error().detail,
            "an answer to 1 images, 2 were asked about");
  EXPECT_EQ(decode_error(Bytes{'a', 27}).error().code, RejectCode::kBadEncoding);
}

}  // namespace
}  // namespace freezenet::training
