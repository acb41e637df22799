// Compiled for x86's SHA extensions and called only where single_blocks.cpp found them. Everything in here has internal
// linkage: an inline function that other files share could be kept in the form that only some processors run.
#include "consensus/crypto/sha256_hardware/single_blocks_x86.h"

#include <immintrin.h>

#include "consensus/crypto/sha256_hardware/constants.h"

namespace freezenet::sha256_hardware {
namespace {

/// Hashes Lanes blocks at once. A round waits for the one before it; the rounds of another block fill the wait.
template <int Lanes>
void hash(const std::uint8_t* blocks, std::uint8_t* hashes) {
  // The instructions keep a..h as (f, e, b, a) and (h, g, d, c), lowest element first.
  const __m128i start_abef = _mm_set_epi32(static_cast<int>(kInitial[0]), static_cast<int>(kInitial[1]),
                                           static_cast<int>(kInitial[4]), static_cast<int>(kInitial[5]));
  const __m128i start_cdgh = _mm_set_epi32(static_cast<int>(kInitial[2]), static_cast<int>(kInitial[3]),
                                           static_cast<int>(kInitial[6]), static_cast<int>(kInitial[7]));
  const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);

  __m128i abef[Lanes], cdgh[Lanes], w[Lanes][4];  // w: the last 16 words of the message schedule
  for (int lane = 0; lane < Lanes; ++lane) {
    abef[lane] = start_abef;
    cdgh[lane] = start_cdgh;
    for (int i = 0; i < 4; ++i) {
      const auto* from = reinterpret_cast<const __m128i*>(blocks + 64 * lane + 16 * i);
      w[lane][i] = _mm_shuffle_epi8(_mm_loadu_si128(from), big_endian);
    }
  }

#pragma GCC unroll 16
  for (int four = 0; four < 16; ++four) {
    const __m128i constants = _mm_load_si128(reinterpret_cast<const __m128i*>(kRound + 4 * four));
#pragma GCC unroll 2
    for (int lane = 0; lane < Lanes; ++lane) {
      __m128i& now = w[lane][four % 4];
      if (four >= 4) {
        const __m128i before = w[lane][(four + 3) % 4];
        const __m128i seven_back = _mm_alignr_epi8(before, w[lane][(four + 2) % 4], 4);
        now =
            _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(now, w[lane][(four + 1) % 4]), seven_back), before);
      }
      const __m128i sum = _mm_add_epi32(now, constants);
      cdgh[lane] = _mm_sha256rnds2_epu32(cdgh[lane], abef[lane], sum);
      abef[lane] = _mm_sha256rnds2_epu32(abef[lane], cdgh[lane], _mm_shuffle_epi32(sum, 0x0E));
    }
  }

  for (int lane = 0; lane < Lanes; ++lane) {
    const __m128i feba = _mm_shuffle_epi32(_mm_add_epi32(abef[lane], start_abef), 0x1B);  // (a, b, e, f)
    const __m128i dchg = _mm_shuffle_epi32(_mm_add_epi32(cdgh[lane], start_cdgh), 0xB1);  // (g, h, c, d)
    auto* to = reinterpret_cast<__m128i*>(hashes + 32 * lane);
    _mm_storeu_si128(to, _mm_shuffle_epi8(_mm_blend_epi16(feba, dchg, 0xF0), big_endian));
    _mm_storeu_si128(to + 1, _mm_shuffle_epi8(_mm_alignr_epi8(dchg, feba, 8), big_endian));
  }
}

}  // namespace

void single_blocks_x86(const std::uint8_t* blocks, std::size_t count, std::uint8_t* hashes) {
  std::size_t i = 0;
  for (; i + 2 <= count; i += 2) hash<2>(blocks + 64 * i, hashes + 32 * i);
  if (i < count) hash<1>(blocks + 64 * i, hashes + 32 * i);
}

}  // namespace freezenet::sha256_hardware
