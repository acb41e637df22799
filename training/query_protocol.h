#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::training {

/// What a black box and those who ask it say to each other over a pair of pipes: images in, scores out, nothing else of
/// the model. Either side may be hostile. All numbers are little-endian.
///
///   frame    magic u32 "FZNQ", version u16, kind u16, length u32, then `length` bytes
///   hello    channels u32, height u32, width u32, classes u32; the server's first frame, and no other
///   request  images u32, then images * channels * height * width binary32, (image, channel, row, column)
///   answer   images u32, then images * classes binary32, for the request before it
///   error    a sentence of at most kMaxQueryError printable characters, in place of an answer or of the hello; the
///            server is gone afterwards
///
/// One request is under way at a time. A client that closes its end between two frames is done.
inline constexpr std::uint32_t kQueryMagic = 0x514E5A46;
inline constexpr std::uint16_t kQueryVersion = 1;
/// Bytes of any payload.
inline constexpr std::uint32_t kMaxQueryPayload = 1U << 26;
inline constexpr std::size_t kMaxQueryError = 256;

struct QueryShape {
  std::uint32_t channels = 0, height = 0, width = 0, classes = 0;
  [[nodiscard]] std::uint64_t image_values() const { return std::uint64_t{channels} * height * width; }
  /// The most images that one request may hold, at least 1 for a shape that was decoded.
  [[nodiscard]] std::uint32_t max_images() const;
  friend bool operator==(const QueryShape&, const QueryShape&) = default;
};

enum class QueryKind : std::uint16_t { kHello = 1, kRequest = 2, kAnswer = 3, kError = 4 };

struct QueryHeader {
  static constexpr std::size_t kSize = 12;
  QueryKind kind = QueryKind::kHello;
  std::uint32_t length = 0;  ///< of the payload, within the kind's bound
};

/// Several images, or the scores of several.
struct QueryValues {
  std::uint32_t images = 0;
  std::vector<float> values;  ///< image by image, finite
};

/// A whole frame; the payload is within the kind's bound.
Bytes encode_query_frame(QueryKind kind, ByteView payload);
Bytes encode_hello(const QueryShape& shape);
/// values.size() = images * what an image has.
Bytes encode_request(std::uint32_t images, std::span<const float> values);
Bytes encode_answer(std::uint32_t images, std::span<const float> scores);
/// What is not printable becomes '?', what is too long is cut.
Bytes encode_error(std::string_view sentence);

/// The first kSize bytes of a frame. kTruncated, kBadEncoding (not this protocol), kWrongProtocolVersion,
/// kUnknownMessage, kTooLarge: nothing is allocated before the length is known to be in bounds.
Result<QueryHeader> decode_query_header(ByteView data);

/// Payloads. kTruncated, kTrailingBytes; kBadEncoding: a shape outside the bounds of a task (consensus/task.h), no
/// image, a value that is not finite, a character that is not printable; kTooLarge: more images than max_images().
Result<QueryShape> decode_hello(ByteView payload);
Result<QueryValues> decode_request(const QueryShape& shape, ByteView payload);
/// `images` is what was asked: kBadEncoding where the answer is to another number of them.
Result<QueryValues> decode_answer(const QueryShape& shape, std::uint32_t images, ByteView payload);
Result<std::string> decode_error(ByteView payload);

}  // namespace freezenet::training
