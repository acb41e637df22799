#pragma once

#include <algorithm>
#include <concepts>

#include "consensus/base/bytes.h"

namespace freezenet::fuzz {

/// One input as several: choices are taken from its front. Behind its end everything is zero or empty, so every input
/// means something and the fuzzer wastes none.
class Input {
 public:
  explicit Input(ByteView data) : data_(data) {}

  std::uint8_t byte() { return integer<std::uint8_t>(); }
  template <std::unsigned_integral T>
  T integer() {
    const ByteView raw = bytes(sizeof(T));
    T value = 0;
    for (std::size_t i = 0; i < raw.size(); ++i)
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(raw[i]) << (8 * i)));
    return value;
  }
  /// At most `n` bytes.
  ByteView bytes(std::size_t n) {
    const ByteView head = data_.first(std::min(n, data_.size()));
    data_ = data_.subspan(head.size());
    return head;
  }
  Hash256 hash() {
    Hash256 value;
    std::ranges::copy(bytes(32), value.bytes.begin());
    return value;
  }
  /// A length of two bytes, and at most so many bytes.
  ByteView sized() { return bytes(integer<std::uint16_t>()); }
  ByteView rest() { return bytes(data_.size()); }
  [[nodiscard]] bool empty() const { return data_.empty(); }

 private:
  ByteView data_;
};

}  // namespace freezenet::fuzz
