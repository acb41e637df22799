// The results of exp, log and inverse_sqrt for all 2^32 inputs, in the order of the inputs' bits: SHA-256 over the
// little-endian results, and the largest error in units of the last place. Takes some minutes;
// tests/unit/training/kernels/math_test.cpp is the quick form.
//
//   math_digest [exp] [log] [inverse_sqrt]     only these; without a name all of them
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"
#include "training/kernels/math.h"

namespace {

template <typename Function, typename Exact>
void print(const char* name, Function function, Exact exact) {
  constexpr std::size_t kBlock = 1U << 20;
  std::vector<float> results(kBlock);
  freezenet::Sha256 hash;
  double worst = 0;
  float worst_at = 0;
  for (std::uint64_t begin = 0; begin < (std::uint64_t{1} << 32); begin += kBlock) {
    for (std::size_t i = 0; i < kBlock; ++i) {
      const float x = std::bit_cast<float>(static_cast<std::uint32_t>(begin + i));
      const float y = function(x);
      results[i] = y;
      if (!std::isfinite(y) || y == 0.0F) continue;
      const double expected = exact(static_cast<double>(x));
      const double error =
          std::fabs(static_cast<double>(y) - expected) / std::ldexp(1.0, std::max(std::ilogb(expected), -126) - 23);
      if (error > worst) {
        worst = error;
        worst_at = x;
      }
    }
    hash.update(freezenet::as_bytes(std::span<const float>(results)));
  }
  const freezenet::Hash256 digest = hash.finish();
  std::printf("%s sha256 %s worst error %.4f ulp at %a\n", name,
              freezenet::to_hex(freezenet::ByteView(digest.bytes)).c_str(), worst, static_cast<double>(worst_at));
}

}  // namespace

int main(int argc, char** argv) {
  const auto wanted = [&](std::string_view name) {
    return argc < 2 || std::find(argv + 1, argv + argc, name) != argv + argc;
  };
  if (wanted("exp")) {
    print(
        "exp", [](float x) { return freezenet::kernels::exp(x); }, [](double x) { return std::exp(x); });
  }
  if (wanted("log")) {
    print(
        "log", [](float x) { return freezenet::kernels::log(x); }, [](double x) { return std::log(x); });
  }
  if (wanted("inverse_sqrt")) {
    print(
        "inverse_sqrt", [](float x) { return freezenet::kernels::inverse_sqrt(x); },
        [](double x) { return 1 / std::sqrt(x); });
  }
}
