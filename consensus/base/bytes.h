#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <vector>

namespace freezenet {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// A SHA-256 output. Compares as a little-endian 256-bit integer, because a block hash is also its lottery ticket.
struct Hash256 {
  std::array<std::uint8_t, 32> bytes{};

  friend bool operator==(const Hash256&, const Hash256&) = default;
  friend std::strong_ordering operator<=>(const Hash256& a, const Hash256& b) {
    for (std::size_t i = 32; i-- > 0;) {
      if (a.bytes[i] != b.bytes[i]) return a.bytes[i] <=> b.bytes[i];
    }
    return std::strong_ordering::equal;
  }
  [[nodiscard]] bool is_zero() const { return *this == Hash256{}; }
};

/// An x-only public key of BIP340. Keys have no numeric meaning here: they order as byte strings.
struct XOnlyKey {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const XOnlyKey&, const XOnlyKey&) = default;
};

/// A BIP340 signature.
struct Signature {
  std::array<std::uint8_t, 64> bytes{};
  friend bool operator==(const Signature&, const Signature&) = default;
};

/// The bytes of an object whose memory is its encoding (float buffers; the project builds for little-endian only).
template <typename T>
requires std::is_trivially_copyable_v<T> ByteView as_bytes(std::span<const T> values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()};
}

inline ByteView as_bytes(const char* text) { return {reinterpret_cast<const std::uint8_t*>(text), std::strlen(text)}; }

}  // namespace freezenet

/// Hashes are uniform already: their first bytes are as good a bucket number as any.
template <>
struct std::hash<freezenet::Hash256> {
  std::size_t operator()(const freezenet::Hash256& h) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, h.bytes.data(), sizeof value);
    return value;
  }
};
