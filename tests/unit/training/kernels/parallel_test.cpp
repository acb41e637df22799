#include "training/kernels/parallel.h"

#include "tests/unit/training/kernels/control_register.h"
#include "tests/unit/training/kernels/kernel_fixture.h"
#include "training/kernels/float_environment.h"

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

#if defined(__x86_64__) || defined(__aarch64__)

TEST(FloatEnvironment, SetsAndRestoresTheControlRegister) {
  const std::uint32_t original = ControlRegister::read();
  for (const std::uint32_t change : ControlRegister::kChanges) {
    ControlRegister::write(original | change);
    EXPECT_FALSE(FloatEnvironment::correct()) << std::hex << change;
    {
      const FloatEnvironment environment;
      EXPECT_TRUE(FloatEnvironment::correct()) << std::hex << change;
      volatile float tiny = 0x1p-126F;
      EXPECT_EQ(tiny * 0.5F, 0x1p-127F);
      for (const std::uint32_t later : ControlRegister::kChanges) {
        const std::uint32_t before = ControlRegister::read();
        ControlRegister::write(before | later);
        EXPECT_FALSE(FloatEnvironment::correct()) << std::hex << later;
        ControlRegister::write(before);
      }
    }
    EXPECT_EQ(ControlRegister::read(), original | change);
    ControlRegister::write(original);
  }
}

/// The bit does what the check is there for: were it without effect, as under an emulator that ignores it, the tests
/// around this one would prove little.
TEST(FloatEnvironment, AFlippedBitFlushesDenormals) {
  const std::uint32_t original = ControlRegister::read();
  volatile float tiny = 0x1p-126F;
  ControlRegister::write(original | ControlRegister::kFlushResults);
  const float flushed = tiny * 0.5F;
  ControlRegister::write(original);
  EXPECT_EQ(flushed, 0.0F);
  EXPECT_EQ(tiny * 0.5F, 0x1p-127F);
}

TEST(Pool, NoticesAWorkerWhoseControlRegisterChanged) {
  Pool pool(3);
  pool.run([](unsigned) {
    volatile float x = 1.0F / 3.0F;
    static_cast<void>(x);
  });
  EXPECT_TRUE(pool.environment_correct()) << "an inexact result is no change of state";
  for (const std::uint32_t change : ControlRegister::kChanges) {
    for (const unsigned changed : {1U, 2U}) {
      Pool other(3);
      other.run([&](unsigned index) {
        if (index == changed) ControlRegister::write(ControlRegister::read() | change);
      });
      EXPECT_FALSE(other.environment_correct()) << std::hex << change << " on " << changed;
      // Even if something puts it back: nobody knows what was computed meanwhile.
      other.run([&](unsigned index) {
        if (index == changed) ControlRegister::write(ControlRegister::read() & ~change);
      });
      EXPECT_FALSE(other.environment_correct()) << std::hex << change << " on " << changed;
    }
  }
  EXPECT_TRUE(pool.environment_correct()) << "each pool has its own threads";
}

#endif

TEST(Paths, PortableIsAlwaysThereAndTheBestIsAvailable) {
  EXPECT_EQ(available_paths().front(), Path::kPortable);
  EXPECT_TRUE(available(best_path()));
  EXPECT_EQ(name(Path::kAvx512), "avx512");
  EXPECT_EQ(name(Path::kNeon), "neon");
#if defined(__aarch64__)
  EXPECT_EQ(best_path(), Path::kNeon);
#else
  EXPECT_FALSE(available(Path::kNeon));
#endif
}

}  // namespace
}  // namespace freezenet::kernels
