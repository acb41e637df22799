#include "training/kernels/parallel.h"

#include "tests/unit/training/kernels/kernel_fixture.h"
#include "training/kernels/float_environment.h"
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace freezenet::kernels {
namespace {

TEST(Pool, RunsEveryIndexOnceOnAThreadOfItsOwn) {
  for (const unsigned threads : {1U, 2U, 5U}) {
    Pool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (int round = 0; round < 200; ++round) {
      std::vector<std::thread::id> ids(threads);
      std::vector<int> calls(threads, 0);
      pool.run([&](unsigned index) {
        ids[index] = std::this_thread::get_id();
        ++calls[index];
      });
      EXPECT_EQ(calls, std::vector<int>(threads, 1));
      EXPECT_EQ(ids[0], std::this_thread::get_id());
      for (unsigned i = 1; i < threads; ++i) EXPECT_NE(ids[i], ids[0]);
    }
  }
}

TEST(Pool, PartsCoverEverythingOnce) {
  for (std::size_t n = 0; n < 40; ++n) {
    for (std::size_t parts = 1; parts < 9; ++parts) {
      std::size_t at = 0;
      for (std::size_t i = 0; i < parts; ++i) {
        const Range r = part_of(n, parts, i);
        EXPECT_EQ(r.begin, at);
        EXPECT_LE(r.end - r.begin, n / parts + 1);
        at = r.end;
      }
      EXPECT_EQ(at, n);
    }
  }
}

#if defined(__x86_64__)

TEST(FloatEnvironment, SetsAndRestoresTheControlRegister) {
  const unsigned original = _mm_getcsr();
  const unsigned flushing = (original | 0x8040U) & ~0x3FU;  // flush-to-zero, denormals-are-zero
  _mm_setcsr(flushing);
  EXPECT_FALSE(FloatEnvironment::correct());
  {
    const FloatEnvironment environment;
    EXPECT_TRUE(FloatEnvironment::correct());
    volatile float tiny = 0x1p-126F;
    EXPECT_EQ(tiny * 0.5F, 0x1p-127F);
    _mm_setcsr(_mm_getcsr() | 0x2000U);  // round down
    EXPECT_FALSE(FloatEnvironment::correct());
  }
  EXPECT_EQ(_mm_getcsr() & ~0x3FU, flushing);
  _mm_setcsr(original);
}

TEST(Pool, NoticesAWorkerWhoseControlRegisterChanged) {
  Pool pool(2);
  pool.run([](unsigned) {
    volatile float x = 1.0F / 3.0F;
    static_cast<void>(x);
  });
  EXPECT_TRUE(pool.environment_correct()) << "an inexact result is no change of state";
  pool.run([](unsigned index) {
    if (index == 1) _mm_setcsr(_mm_getcsr() | 0x8000U);
  });
  EXPECT_FALSE(pool.environment_correct());
}

#endif

TEST(Paths, PortableIsAlwaysThereAndTheBestIsAvailable) {
  EXPECT_EQ(available_paths().front(), Path::kPortable);
  EXPECT_TRUE(available(best_path()));
  EXPECT_EQ(name(Path::kAvx512), "avx512");
}

}  // namespace
}  // namespace freezenet::kernels
