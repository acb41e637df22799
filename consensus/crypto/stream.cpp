#include <algorithm>
#include <bit>
#include <cstring>

#include "consensus/base/serialize.h"
#include "consensus/crypto/hash_drbg.h"
#include "consensus/crypto/swaps.h"

namespace freezenet {
namespace {

Bytes personalisation(std::string_view label, std::uint32_t index) {
  Writer out;
  out.bytes({reinterpret_cast<const std::uint8_t*>(label.data()), label.size()}).integer(index);
  return out.take();
}

std::uint32_t little_endian(const std::uint8_t* bytes) {
  std::uint32_t value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, bytes, sizeof value);  // one load, also in a loop over many
  } else {
    for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{bytes[i]} << (8 * i);
  }
  return value;
}

float uniform(std::uint32_t word) {
  // Odd and below 2^24 in size: the integer, its conversion and the power of two are all exact.
  return static_cast<float>(static_cast<std::int32_t>(2 * (word >> 8) + 1) - (1 << 24)) * 0x1p-24F;
}

}  // namespace

Stream::Stream(const Hash256& seed, std::string_view label, std::uint32_t index)
    : drbg_(seed.bytes, {}, personalisation(label, index)) {}

void Stream::refill() {
  drbg_.generate(buffer_);
  used_ = 0;
}

std::uint32_t Stream::next_u32() {
  if (used_ == kBlock) refill();
  const std::uint32_t value = little_endian(buffer_.data() + used_);
  used_ += 4;
  return value;
}

std::uint32_t Stream::bounded(std::uint32_t bound) {
  if (bound <= 1) return 0;
  const int spare = std::countl_zero(bound - 1);
  for (;;) {
    const std::uint32_t candidate = next_u32() >> spare;
    if (candidate < bound) return candidate;
  }
}

float Stream::uniform_float() { return uniform(next_u32()); }

void Stream::fill_uniform(std::span<float> out, float scale) {
  while (!out.empty()) {
    if (used_ == kBlock) refill();
    const std::uint8_t* const words = buffer_.data() + used_;
    const std::size_t count = std::min(out.size(), (kBlock - used_) / 4);
    for (std::size_t i = 0; i < count; ++i) out[i] = uniform(little_endian(words + 4 * i)) * scale;
    used_ += 4 * count;
    out = out.subspan(count);
  }
}

void Stream::draw_places(std::uint32_t n, std::span<std::uint32_t> out) {
  const auto k = static_cast<std::uint32_t>(out.size());
  std::uint32_t i = 0;
  while (i < k && n - i > 1) {
    // The bounds n - i above half of a power of two take the same number of bits; at most half of the words are too
    // large, at random, so no branch may depend on that.
    const int spare = std::countl_zero(n - i - 1);
    const std::uint32_t half = 1U << (31 - spare);
    const std::uint32_t end = std::min(k, n - half);
    while (i < end) {
      if (used_ == kBlock) refill();
      for (; used_ < kBlock && i < end; used_ += 4) {
        const std::uint32_t candidate = little_endian(buffer_.data() + used_) >> spare;
        out[i] = i + candidate;
        i += candidate < n - i ? 1 : 0;
      }
    }
  }
  if (i < k) out[i] = i;  // the last of all n draws nothing
}

std::vector<std::uint32_t> Stream::choose(std::uint32_t n, std::uint32_t k) {
  std::vector<std::uint32_t> chosen(k);
  draw_places(n, chosen);
  perform_swaps(chosen);
  return chosen;
}

}  // namespace freezenet
