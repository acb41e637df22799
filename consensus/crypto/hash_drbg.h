#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "consensus/base/bytes.h"
#include "consensus/crypto/counter_hash.h"

namespace freezenet {

/// NIST SP 800-90A Hash_DRBG with SHA-256, without reseeding (section 10.1.1). The bare algorithm: one generate() is
/// one call of the standard.
class HashDrbg {
 public:
  HashDrbg(ByteView entropy, ByteView nonce, ByteView personalisation);
  /// out.size() <= 65,536 (the standard's limit of 2^19 bits).
  void generate(std::span<std::uint8_t> out);

 private:
  Counter v_{};
  Counter c_{};
  std::uint64_t reseed_counter_ = 1;
};

/// One of the protocol's streams of random bytes (docs/protocol.md section 2): entropy = seed, no nonce,
/// personalisation = label and index as u32. Each generate call asks for 4,096 bytes, since two calls of the standard
/// for 32 bytes are not one for 64.
class Stream {
 public:
  Stream(const Hash256& seed, std::string_view label, std::uint32_t index);

  std::uint32_t next_u32();
  /// Uniform in [0, bound), by rejection from the top bits of a u32; bound 1 draws nothing. bound >= 1.
  std::uint32_t bounded(std::uint32_t bound);
  /// Uniform over 2^24 values in (-1, 1), never 0: u = top 24 bits; (float)(int32(2u + 1) - 2^24) * 2^-24, exact.
  float uniform_float();
  /// The next out.size() of these, each times `scale`, rounded once.
  void fill_uniform(std::span<float> out, float scale);
  /// k distinct integers of [0, n) in the order drawn, by Fisher-Yates. k <= n. Memory in proportion to k.
  std::vector<std::uint32_t> choose(std::uint32_t n, std::uint32_t k);

 private:
  void refill();
  /// out[i] = i + bounded(n - i), in order: where the swaps of Fisher-Yates reach.
  void draw_places(std::uint32_t n, std::span<std::uint32_t> out);
  static constexpr std::size_t kBlock = 4096;
  HashDrbg drbg_;
  std::array<std::uint8_t, kBlock> buffer_{};
  std::size_t used_ = kBlock;
};

}  // namespace freezenet
