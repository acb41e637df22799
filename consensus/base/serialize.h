#pragma once

#include <algorithm>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet {

/// Appends the encodings of docs/protocol.md section 2: fixed-width little-endian integers, raw byte strings,
/// CompactSize counts.
class Writer {
 public:
  template <std::unsigned_integral T>
  Writer& integer(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  Writer& bytes(ByteView data) {
    out_.insert(out_.end(), data.begin(), data.end());
    return *this;
  }
  Writer& hash(const Hash256& h) { return bytes(h.bytes); }
  /// The 32 bits of a binary32 constant: the only form in which a real number enters consensus.
  Writer& float_bits(float value);
  /// Bitcoin's CompactSize in its shortest form.
  Writer& compact_size(std::uint64_t value);
  /// CompactSize length, then the bytes.
  Writer& sized_bytes(ByteView data) { return compact_size(data.size()).bytes(data); }
  Writer& text(std::string_view s) { return sized_bytes({reinterpret_cast<const std::uint8_t*>(s.data()), s.size()}); }

  [[nodiscard]] const Bytes& data() const { return out_; }
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

/// Reads the same encodings from bytes that may be hostile. After the first error every further read yields zeros and
/// changes nothing, so a decoder reads all its fields in a row and asks once, with finish(). Counts are checked against
/// the caller's limit and against the bytes that are left, before anything is allocated.
class Reader {
 public:
  explicit Reader(ByteView data) : data_(data) {}

  template <std::unsigned_integral T>
  T integer() {
    const ByteView raw = take(sizeof(T));
    T value = 0;
    for (std::size_t i = 0; i < raw.size(); ++i)
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(raw[i]) << (8 * i)));
    return value;
  }
  template <std::size_t N>
  std::array<std::uint8_t, N> array() {
    std::array<std::uint8_t, N> value{};
    const ByteView raw = take(N);
    std::copy(raw.begin(), raw.end(), value.begin());
    return value;
  }
  Hash256 hash() { return Hash256{array<32>()}; }
  float float_bits();
  /// A count of items, at most `limit`; `bytes_each` is the smallest size of one encoded item, so that a count which
  /// cannot fit into the rest is refused before the caller reserves memory for it.
  std::size_t count(std::uint64_t limit, std::size_t bytes_each);
  /// A view into the input, of the length that stands before it, at most `limit`.
  ByteView sized_bytes(std::uint64_t limit);
  std::string text(std::uint64_t limit);
  /// The next `n` bytes, a view into the input; empty after an error.
  ByteView take(std::size_t n);

  [[nodiscard]] std::size_t left() const { return error_ ? 0 : data_.size() - at_; }
  [[nodiscard]] bool failed() const { return error_.has_value(); }
  /// Turns a field that decoded but may not stand there into this reader's error (the first error is kept).
  void fail(RejectCode code, std::string detail);
  /// The first error, or kTrailingBytes when the input is not used up.
  Result<> finish();
  /// The first error; bytes may be left. For values inside other values.
  Result<> status() const;

 private:
  std::uint64_t compact_size();

  ByteView data_;
  std::size_t at_ = 0;
  std::optional<Reject> error_;
};

}  // namespace freezenet
