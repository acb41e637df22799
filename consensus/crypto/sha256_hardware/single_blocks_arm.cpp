// Compiled for ARMv8's SHA2 instructions and called only where single_blocks.cpp found them. Everything in here has
// internal linkage: an inline function that other files share could be kept in the form that only some processors run.
#include "consensus/crypto/sha256_hardware/single_blocks_arm.h"

#include <arm_neon.h>

#include "consensus/crypto/sha256_hardware/constants.h"

namespace freezenet::sha256_hardware {
namespace {

/// Hashes Lanes blocks at once. A round waits for the one before it; the rounds of another block fill the wait.
template <int Lanes>
void hash(const std::uint8_t* blocks, std::uint8_t* hashes) {
  const uint32x4_t start_abcd = vld1q_u32(kInitial);
  const uint32x4_t start_efgh = vld1q_u32(kInitial + 4);

  uint32x4_t abcd[Lanes], efgh[Lanes], w[Lanes][4];  // w: the last 16 words of the message schedule
  for (int lane = 0; lane < Lanes; ++lane) {
    abcd[lane] = start_abcd;
    efgh[lane] = start_efgh;
    for (int i = 0; i < 4; ++i) {
      w[lane][i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(blocks + 64 * lane + 16 * i)));
    }
  }

#pragma GCC unroll 16
  for (int four = 0; four < 16; ++four) {
    const uint32x4_t constants = vld1q_u32(kRound + 4 * four);
#pragma GCC unroll 2
    for (int lane = 0; lane < Lanes; ++lane) {
      uint32x4_t& now = w[lane][four % 4];
      if (four >= 4) {
        now = vsha256su1q_u32(vsha256su0q_u32(now, w[lane][(four + 1) % 4]), w[lane][(four + 2) % 4],
                              w[lane][(four + 3) % 4]);
      }
      const uint32x4_t sum = vaddq_u32(now, constants);
      const uint32x4_t before = abcd[lane];
      abcd[lane] = vsha256hq_u32(abcd[lane], efgh[lane], sum);
      efgh[lane] = vsha256h2q_u32(efgh[lane], before, sum);
    }
  }

  for (int lane = 0; lane < Lanes; ++lane) {
    const uint8x16_t first = vreinterpretq_u8_u32(vaddq_u32(abcd[lane], start_abcd));
    const uint8x16_t second = vreinterpretq_u8_u32(vaddq_u32(efgh[lane], start_efgh));
    vst1q_u8(hashes + 32 * lane, vrev32q_u8(first));
    vst1q_u8(hashes + 32 * lane + 16, vrev32q_u8(second));
  }
}

}  // namespace

void single_blocks_arm(const std::uint8_t* blocks, std::size_t count, std::uint8_t* hashes) {
  std::size_t i = 0;
  for (; i + 2 <= count; i += 2) hash<2>(blocks + 64 * i, hashes + 32 * i);
  if (i < count) hash<1>(blocks + 64 * i, hashes + 32 * i);
}

}  // namespace freezenet::sha256_hardware
