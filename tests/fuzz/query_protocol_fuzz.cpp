#include <cmath>

#include "consensus/task.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"
#include "training/query_protocol.h"

namespace freezenet::fuzz {

namespace {

using training::QueryKind;
using training::QueryShape;

template <typename T>
bool read_or_named(const Result<T>& read) {
  using enum RejectCode;
  if (read) return true;
  const RejectCode code = read.error().code;
  require(code == kTruncated || code == kTrailingBytes || code == kBadEncoding || code == kTooLarge,
          "a refusal has one of the names that are documented");
  return false;
}

void read_payload(QueryShape& shape, QueryKind kind, ByteView payload, ByteView frame) {
  if (kind == QueryKind::kHello) {
    const auto hello = training::decode_hello(payload);
    if (!read_or_named(hello)) return;
    shape = *hello;
    require(shape.max_images() >= 1 && shape.classes <= kMaxClasses, "the shape can be asked");
    require(same(training::encode_hello(shape), frame), "encode(decode(x)) == x");
  } else if (kind == QueryKind::kError) {
    const auto text = training::decode_error(payload);
    if (read_or_named(text)) require(same(training::encode_error(*text), frame), "encode(decode(x)) == x");
  } else {
    const bool request = kind == QueryKind::kRequest;
    const auto asked = Input(payload).integer<std::uint32_t>();
    // A client knows how many images it sent, which is within the bound.
    if (!request && asked > shape.max_images()) return;
    const auto read =
        request ? training::decode_request(shape, payload) : training::decode_answer(shape, asked, payload);
    if (!read_or_named(read)) return;
    for (const float value : read->values) require(std::isfinite(value), "values are finite");
    const Bytes again = request ? training::encode_request(read->images, read->values)
                                : training::encode_answer(read->images, read->values);
    require(same(again, frame), "encode(decode(x)) == x");
  }
}

}  // namespace

/// What a pipe brings, frame after frame, until a header is refused. A hello sets the shape of what follows.
void query_protocol(ByteView input) {
  QueryShape shape{1, 2, 2, 3};
  while (!input.empty()) {
    const ByteView head = input.first(std::min(input.size(), training::QueryHeader::kSize));
    const auto header = training::decode_query_header(head);
    if (!header) {
      using enum RejectCode;
      const RejectCode code = header.error().code;
      require((head.size() < training::QueryHeader::kSize) == (code == kTruncated), "half a header is truncated");
      require(code == kTruncated || code == kBadEncoding || code == kWrongProtocolVersion || code == kUnknownMessage ||
                  code == kTooLarge,
              "a refusal has one of the names that are documented");
      return;
    }
    require(header->length <= training::kMaxQueryPayload, "the payload is bounded");
    if (input.size() - head.size() < header->length) return;
    const ByteView frame = input.first(head.size() + header->length);
    read_payload(shape, header->kind, frame.subspan(head.size()), frame);
    input = input.subspan(frame.size());
  }
}

}  // namespace freezenet::fuzz
