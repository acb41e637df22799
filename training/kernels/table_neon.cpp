#include <arm_neon.h>

#include "training/kernels/loops.h"
#include "training/kernels/table.h"
#include "training/kernels/tile.h"

// Advanced SIMD belongs to every 64-bit ARM processor that runs Linux: no flags, no question at run time. Still nothing
// but intrinsics, table.h, tile.h and loops.h is included here, as in the other files of this kind.

namespace freezenet::kernels {

namespace {

struct Simd {
  static constexpr int kLanes = 4;
  static constexpr int kRows = 12;  // 12 x 2 sums, 2 of b and some of a fill the 32 registers
  static constexpr bool kMasksAreFree = false;
  using Values = float32x4_t;
  using Mask =
      std::size_t;  // lanes: there is no masked load here, and what lies behind the columns is not ours to read
  static Mask first(std::size_t n) { return n < 4 ? n : 4; }
  static Values load(const float* p) { return vld1q_f32(p); }
  static Values load(const float* p, Mask n) {
    if (n == 4) return vld1q_f32(p);
    Values v = vdupq_n_f32(0.0F);
    if (n > 0) v = vsetq_lane_f32(p[0], v, 0);
    if (n > 1) v = vsetq_lane_f32(p[1], v, 1);
    if (n > 2) v = vsetq_lane_f32(p[2], v, 2);
    return v;
  }
  static void store(float* p, Values v) { vst1q_f32(p, v); }
  static void store(float* p, Mask n, Values v) {
    if (n == 4) return vst1q_f32(p, v);
    if (n > 0) p[0] = vgetq_lane_f32(v, 0);
    if (n > 1) p[1] = vgetq_lane_f32(v, 1);
    if (n > 2) p[2] = vgetq_lane_f32(v, 2);
  }
  static Values all(float x) { return vdupq_n_f32(x); }
  static Values add(Values x, Values y) { return vaddq_f32(x, y); }
  static Values fma(Values x, Values y, Values z) { return vfmaq_f32(z, x, y); }
  static Values positive(Values x) {
    return vreinterpretq_f32_u32(vandq_u32(vcgtq_f32(x, vdupq_n_f32(0.0F)), vreinterpretq_u32_f32(x)));
  }
};

std::uint32_t update(const UpdateArguments& u) {
  const float32x4_t zero = vdupq_n_f32(0.0F);
  const float32x4_t decay = vdupq_n_f32(u.weight_decay);
  const float32x4_t factor = vdupq_n_f32(u.momentum_factor);
  const float32x4_t step = vdupq_n_f32(-u.rate);
  const uint32x4_t magnitude = vdupq_n_u32(0x7FFFFFFF);
  uint32x4_t largest = vdupq_n_u32(0);
  std::size_t i = 0;
  for (; i + 4 <= u.count; i += 4) {
    uint32x4_t moves = vdupq_n_u32(0xFFFFFFFF);
    if (u.frozen != nullptr) {
      std::uint8_t flags[8] = {};
      __builtin_memcpy(flags, u.frozen + i, 4);
      moves = vceqq_u32(vmovl_u16(vget_low_u16(vmovl_u8(vld1_u8(flags)))), vdupq_n_u32(0));
    }
    const float32x4_t w = vld1q_f32(u.weights + i);
    const float32x4_t m = vld1q_f32(u.momentum + i);
    const float32x4_t g = vaddq_f32(vfmaq_f32(vld1q_f32(u.gradients + i), decay, w), zero);
    const float32x4_t pushed = vaddq_f32(vfmaq_f32(g, factor, m), zero);
    const float32x4_t moved = vbslq_f32(moves, vaddq_f32(vfmaq_f32(w, step, pushed), zero), w);
    vst1q_f32(u.momentum + i, vbslq_f32(moves, pushed, m));
    vst1q_f32(u.weights + i, moved);
    largest = vmaxq_u32(largest, vandq_u32(vreinterpretq_u32_f32(moved), magnitude));
  }
  std::uint32_t result = vmaxvq_u32(largest);
  for (; i < u.count; ++i) {  // up to three that fill no register
    float& w = u.weights[i];
    if (u.frozen == nullptr || u.frozen[i] == 0) {
      const float g = __builtin_fmaf(u.weight_decay, w, u.gradients[i]) + 0.0F;
      u.momentum[i] = __builtin_fmaf(u.momentum_factor, u.momentum[i], g) + 0.0F;
      w = __builtin_fmaf(-u.rate, u.momentum[i], w) + 0.0F;
    }
    std::uint32_t bits = 0;
    __builtin_memcpy(&bits, &w, sizeof bits);
    bits &= 0x7FFFFFFF;
    if (bits > result) result = bits;
  }
  return result;
}

}  // namespace

const KernelTable kNeonTable = {Simd::kRows,
                                Simd::kLanes,
                                tile<Simd>,
                                gather_row<Simd>,
                                scatter_row<Simd>,
                                update,
                                copy_rows,
                                pack_pieces<Simd::kLanes>,
                                transpose_blocks<Simd::kLanes>,
                                relu,
                                gate,
                                pairwise_blocks,
                                norm_forward,
                                norm_backward,
                                max_pool_2x2,
                                max_pool_2x2_backward,
                                add,
                                close,
                                count_nonzero,
                                gather_nonzero<>,
                                largest_magnitude};

}  // namespace freezenet::kernels
