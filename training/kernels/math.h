#pragma once

namespace freezenet::kernels {

/// e^x and ln(x) of the numeric profile: a fixed sequence of binary32 additions, multiplications and one division,
/// given in docs/numerics.md. Not correctly rounded, but the same bits everywhere, which no libm promises. A NaN result
/// is always 0x7FC00000.
float exp(float x);
float log(float x);
/// 1 / sqrt(x): a square root and a division, each correctly rounded. A NaN result is always 0x7FC00000.
float inverse_sqrt(float x);

}  // namespace freezenet::kernels
