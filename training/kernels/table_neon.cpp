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
