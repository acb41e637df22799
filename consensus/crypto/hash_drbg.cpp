#include "consensus/crypto/hash_drbg.h"

#include <algorithm>

#include "consensus/crypto/sha256.h"

namespace freezenet {
namespace {

/// a = (a + b) mod 2^440, both big-endian, b not longer than a.
void add_big_endian(Counter& a, ByteView b) {
  unsigned carry = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::uint8_t& digit = a[a.size() - 1 - i];
    carry += digit;
    if (i < b.size()) carry += b[b.size() - 1 - i];
    digit = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
}

/// Hash_df of section 10.3.1: as many bytes as `out` holds.
void derive(std::span<std::uint8_t> out, std::initializer_list<ByteView> parts) {
  const auto bits = static_cast<std::uint32_t>(8 * out.size());
  std::uint8_t counter = 1;
  Sha256 hasher;
  for (std::size_t at = 0; at < out.size(); ++counter) {
    const std::array<std::uint8_t, 5> prefix{counter, static_cast<std::uint8_t>(bits >> 24),
                                             static_cast<std::uint8_t>(bits >> 16),
                                             static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
    hasher.restart().update(prefix);
    for (const ByteView part : parts) hasher.update(part);
    const Hash256 block = hasher.finish();
    const std::size_t n = std::min<std::size_t>(32, out.size() - at);
    std::copy_n(block.bytes.begin(), n, out.begin() + static_cast<std::ptrdiff_t>(at));
    at += n;
  }
}

}  // namespace

HashDrbg::HashDrbg(ByteView entropy, ByteView nonce, ByteView personalisation) {
  static constexpr std::uint8_t kZero[] = {0x00};
  derive(v_, {entropy, nonce, personalisation});
  derive(c_, {kZero, v_});
}

void HashDrbg::generate(std::span<std::uint8_t> out) {
  static constexpr std::uint8_t kThree[] = {0x03};
  hash_counter(v_, out);
  const Hash256 h = Sha256().update(kThree).update(v_).finish();
  add_big_endian(v_, h.bytes);
  add_big_endian(v_, c_);
  add(v_, reseed_counter_);
  ++reseed_counter_;
}

}  // namespace freezenet
