#include "training/query_protocol.h"

#include <algorithm>
#include <cmath>

#include "consensus/base/serialize.h"
#include "consensus/task.h"

namespace freezenet::training {

namespace {

constexpr std::uint32_t kHelloBytes = 16;

bool is_printable(char c) { return c >= ' ' && c <= '~'; }

std::uint32_t max_length(QueryKind kind) {
  if (kind == QueryKind::kHello) return kHelloBytes;
  return kind == QueryKind::kError ? std::uint32_t{kMaxQueryError} : kMaxQueryPayload;
}

Bytes encode_values(QueryKind kind, std::uint32_t images, std::span<const float> values) {
  return encode_query_frame(kind, Writer().integer(images).bytes(as_bytes(values)).data());
}

/// `images` images of `each` values. The count was compared with a bound by the caller.
Result<std::vector<float>> read_values(Reader& in, std::uint32_t images, std::uint64_t each) {
  const ByteView raw = in.take(static_cast<std::size_t>(images * each * sizeof(float)));
  if (auto whole = in.finish(); !whole) return tl::unexpected<Reject>(whole.error());
  std::vector<float> values(raw.size() / sizeof(float));
  std::copy(raw.begin(), raw.end(), reinterpret_cast<std::uint8_t*>(values.data()));
  const auto bad = std::ranges::find_if_not(values, [](float value) { return std::isfinite(value); });
  if (bad != values.end()) {
    const auto image = static_cast<std::uint64_t>(bad - values.begin()) / each;
    return reject(RejectCode::kBadEncoding, "image " + std::to_string(image) + " has a value that is not finite");
  }
  return values;
}

}  // namespace

std::uint32_t QueryShape::max_images() const {
  const std::uint64_t largest = std::max<std::uint64_t>(image_values(), classes);
  return static_cast<std::uint32_t>((kMaxQueryPayload - sizeof(std::uint32_t)) / sizeof(float) / largest);
}

Bytes encode_query_frame(QueryKind kind, ByteView payload) {
  Writer out;
  out.integer(kQueryMagic).integer(kQueryVersion).integer(static_cast<std::uint16_t>(kind));
  return out.integer(static_cast<std::uint32_t>(payload.size())).bytes(payload).take();
}

Bytes encode_hello(const QueryShape& shape) {
  Writer out;
  out.integer(shape.channels).integer(shape.height).integer(shape.width).integer(shape.classes);
  return encode_query_frame(QueryKind::kHello, out.data());
}

Bytes encode_request(std::uint32_t images, std::span<const float> values) {
  return encode_values(QueryKind::kRequest, images, values);
}

Bytes encode_answer(std::uint32_t images, std::span<const float> scores) {
  return encode_values(QueryKind::kAnswer, images, scores);
}

Bytes encode_error(std::string_view sentence) {
  std::string text(sentence.substr(0, kMaxQueryError));
  std::ranges::replace_if(
      text, [](char c) { return !is_printable(c); }, '?');
  return encode_query_frame(QueryKind::kError, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

Result<QueryHeader> decode_query_header(ByteView data) {
  Reader in(data);
  const auto magic = in.integer<std::uint32_t>();
  const auto version = in.integer<std::uint16_t>();
  const auto kind = in.integer<std::uint16_t>();
  const auto length = in.integer<std::uint32_t>();
  if (auto whole = in.finish(); !whole) return tl::unexpected<Reject>(whole.error());
  if (magic != kQueryMagic) return reject(RejectCode::kBadEncoding, "what was read is no frame of a query");
  if (version != kQueryVersion) {
    return reject(RejectCode::kWrongProtocolVersion, "the other side speaks version " + std::to_string(version) +
                                                         " of the query protocol, this one " +
                                                         std::to_string(kQueryVersion));
  }
  if (kind < 1 || kind > 4) return reject(RejectCode::kUnknownMessage, "no frame has kind " + std::to_string(kind));
  const QueryHeader header{static_cast<QueryKind>(kind), length};
  if (length > max_length(header.kind)) {
    return reject(RejectCode::kTooLarge, "a frame of " + std::to_string(length) + " bytes, at most " +
                                             std::to_string(max_length(header.kind)) + " are allowed");
  }
  return header;
}

Result<QueryShape> decode_hello(ByteView payload) {
  Reader in(payload);
  QueryShape shape;
  for (auto* field : {&shape.channels, &shape.height, &shape.width, &shape.classes}) {
    *field = in.integer<std::uint32_t>();
  }
  if (auto whole = in.finish(); !whole) return tl::unexpected<Reject>(whole.error());
  const auto within = [](std::uint32_t value, std::uint32_t most) { return value >= 1 && value <= most; };
  if (!within(shape.channels, kMaxChannels) || !within(shape.height, kMaxSide) || !within(shape.width, kMaxSide) ||
      !within(shape.classes, kMaxClasses) || shape.max_images() == 0) {
    return reject(RejectCode::kBadEncoding, "a network of " + std::to_string(shape.channels) + " x " +
                                                std::to_string(shape.height) + " x " + std::to_string(shape.width) +
                                                " inputs and " + std::to_string(shape.classes) +
                                                " classes cannot be asked");
  }
  return shape;
}

Result<QueryValues> decode_request(const QueryShape& shape, ByteView payload) {
  Reader in(payload);
  const auto images = in.integer<std::uint32_t>();
  if (in.failed()) return tl::unexpected<Reject>(in.status().error());
  if (images == 0) return reject(RejectCode::kBadEncoding, "a request without an image");
  if (images > shape.max_images()) {
    return reject(RejectCode::kTooLarge, "a request of " + std::to_string(images) + " images, at most " +
                                             std::to_string(shape.max_images()) + " are allowed");
  }
  auto values = read_values(in, images, shape.image_values());
  if (!values) return tl::unexpected<Reject>(values.error());
  return QueryValues{images, std::move(*values)};
}

Result<QueryValues> decode_answer(const QueryShape& shape, std::uint32_t images, ByteView payload) {
  Reader in(payload);
  const auto answered = in.integer<std::uint32_t>();
  if (in.failed()) return tl::unexpected<Reject>(in.status().error());
  if (answered != images) {
    return reject(RejectCode::kBadEncoding, "an answer to " + std::to_string(answered) + " images, " +
                                                std::to_string(images) + " were asked about");
  }
  auto scores = read_values(in, images, shape.classes);
  if (!scores) return tl::unexpected<Reject>(scores.error());
  return QueryValues{images, std::move(*scores)};
}

Result<std::string> decode_error(ByteView payload) {
  if (payload.size() > kMaxQueryError) return reject(RejectCode::kTooLarge, "an error of too many characters");
  const std::string text(payload.begin(), payload.end());
  if (!std::ranges::all_of(text, is_printable)) {
    return reject(RejectCode::kBadEncoding, "an error that is no printable text");
  }
  return text;
}

}  // namespace freezenet::training
