#include "consensus/base/serialize.h"

#include <bit>

namespace freezenet {

Writer& Writer::float_bits(float value) { return integer(std::bit_cast<std::uint32_t>(value)); }

Writer& Writer::compact_size(std::uint64_t value) {
  if (value < 0xfd) return integer(static_cast<std::uint8_t>(value));
  if (value <= 0xffff) return integer(std::uint8_t{0xfd}).integer(static_cast<std::uint16_t>(value));
  if (value <= 0xffff'ffff) return integer(std::uint8_t{0xfe}).integer(static_cast<std::uint32_t>(value));
  return integer(std::uint8_t{0xff}).integer(value);
}

float Reader::float_bits() { return std::bit_cast<float>(integer<std::uint32_t>()); }

ByteView Reader::take(std::size_t n) {
  if (error_) return {};
  if (n > data_.size() - at_) {
    fail(RejectCode::kTruncated, "needs " + std::to_string(n) + " bytes at offset " + std::to_string(at_) + ", " +
                                     std::to_string(data_.size() - at_) + " are left");
    return {};
  }
  const ByteView view = data_.subspan(at_, n);
  at_ += n;
  return view;
}

std::uint64_t Reader::compact_size() {
  const auto first = integer<std::uint8_t>();
  std::uint64_t value = first;
  std::uint64_t smallest = 0;  // the lowest value that needs this form
  if (first == 0xfd) {
    value = integer<std::uint16_t>();
    smallest = 0xfd;
  } else if (first == 0xfe) {
    value = integer<std::uint32_t>();
    smallest = 0x1'0000;
  } else if (first == 0xff) {
    value = integer<std::uint64_t>();
    smallest = 0x1'0000'0000;
  }
  if (failed()) return 0;
  if (value < smallest) {
    fail(RejectCode::kNonCanonicalSize, std::to_string(value) + " has a shorter form");
    return 0;
  }
  return value;
}

std::size_t Reader::count(std::uint64_t limit, std::size_t bytes_each) {
  const std::uint64_t value = compact_size();
  if (failed()) return 0;
  if (value > limit) {
    fail(RejectCode::kTooLarge, std::to_string(value) + " items, at most " + std::to_string(limit) + " are allowed");
    return 0;
  }
  if (bytes_each != 0 && value > left() / bytes_each) {
    fail(RejectCode::kTruncated, std::to_string(value) + " items cannot fit into " + std::to_string(left()) + " bytes");
    return 0;
  }
  return static_cast<std::size_t>(value);
}

ByteView Reader::sized_bytes(std::uint64_t limit) { return take(count(limit, 1)); }

std::string Reader::text(std::uint64_t limit) {
  const ByteView raw = sized_bytes(limit);
  return std::string(raw.begin(), raw.end());
}

void Reader::fail(RejectCode code, std::string detail) {
  if (!error_) error_ = Reject{code, std::move(detail)};
}

Result<> Reader::finish() {
  if (left() != 0) fail(RejectCode::kTrailingBytes, std::to_string(left()) + " bytes after the value");
  return status();
}

Result<> Reader::status() const {
  if (error_) return tl::unexpected<Reject>(*error_);
  return {};
}

}  // namespace freezenet
