#include "training/kernels/float_environment.h"

#include <atomic>
#include <thread>

#include "consensus/crypto/sha256.h"
#include "consensus/watermark.h"
#include "tests/unit/training/kernels/control_register.h"
#include "tests/unit/training/small_task.h"
#include "training/replay.h"
#include "training/segment.h"

// What a library that plays with the control register does to a segment while it computes: it is refused as this
// machine's fault, whichever thread and whichever bit it was.
#if defined(__x86_64__) || defined(__aarch64__)

namespace freezenet::training {
namespace {

using kernels::ControlRegister;
using kernels::KernelTable;

const KernelTable& right() { return kernels::table_of(kernels::best_path()); }

// Loops are plain functions, so what they are to do lies here.
std::atomic<std::uint32_t> change = 0;
std::atomic<bool> on_worker = false;
std::atomic<std::thread::id> caller;

void disturb() {
  const bool worker = std::this_thread::get_id() != caller.load();
  if (worker == on_worker) ControlRegister::write(ControlRegister::read() | change);
}

KernelTable disturbed_tiles() {
  KernelTable table = right();
  table.tile = [](const kernels::TileArguments& arguments) {
    right().tile(arguments);
    disturb();
  };
  return table;
}

KernelTable disturbed_updates() {
  KernelTable table = right();
  table.update = [](const kernels::UpdateArguments& arguments) {
    const std::uint32_t largest = right().update(arguments);
    disturb();
    return largest;
  };
  return table;
}

class FloatEnvironmentTest : public ::testing::Test {
 protected:
  FloatEnvironmentTest() { caller = std::this_thread::get_id(); }
  ~FloatEnvironmentTest() override {
    change = 0;
    ControlRegister::write(original_);
  }

  Segment segment(Engine& engine) const {
    return Segment(engine, dataset_, task_, plan_, sha256(as_bytes("one")), 5, canonical_);
  }
  std::vector<Hash256> undisturbed() const {
    Engine engine(task_, plan_);
    Segment fresh = segment(engine);
    return train(fresh, {}).value().digests;
  }
  /// Calls test(engine) for each change on each thread, which is under way only while `change` is not 0.
  template <typename Test>
  void every_disturbance(const KernelTable& table, const Test& test) {
    for (const std::uint32_t bits : ControlRegister::kChanges) {
      for (const bool worker : {false, true}) {
        SCOPED_TRACE(testing::Message() << "bits " << std::hex << bits << (worker ? " on a worker" : " on the caller"));
        Engine engine(task_, plan_, {.threads = 2, .table = &table});
        on_worker = worker;
        test(engine, bits);
        change = 0;
      }
    }
  }

  const std::uint32_t original_ = ControlRegister::read();
  Task task_ = small_task();
  Plan plan_ = plan_for(task_);
  Dataset dataset_ = digits();
  std::vector<float> canonical_ = genesis_weights(plan_, task_.id());
};

TEST_F(FloatEnvironmentTest, AChangeInTheMiddleOfASegmentRefusesIt) {
  const auto digests = undisturbed();
  for (const KernelTable& table : {disturbed_tiles(), disturbed_updates()}) {
    every_disturbance(table, [&](Engine& engine, std::uint32_t bits) {
      Segment disturbed = segment(engine);
      for (std::size_t t = 0; t < 2; ++t) ASSERT_EQ(disturbed.step(), digests[t]);
      change = bits;
      const auto step = disturbed.step();
      change = 0;
      ASSERT_FALSE(step.has_value());
      EXPECT_EQ(step.error().code, RejectCode::kSelfTestFailed) << step.error().message();
      EXPECT_EQ(disturbed.step().error().code, RejectCode::kSelfTestFailed) << "and it stays refused";
      EXPECT_EQ(train(disturbed, {}).error().code, RejectCode::kSelfTestFailed);
      EXPECT_EQ(disturbed.steps_done(), 2U);
      EXPECT_EQ(ControlRegister::read(), original_) << "the caller gets its own state back";

      // A worker's state is lost for ever; the caller's is set anew at each call.
      Segment next = segment(engine);
      const auto again = next.step();
      ASSERT_EQ(again.has_value(), !on_worker);
      if (again) {
        EXPECT_EQ(*again, digests[0]);
      } else {
        EXPECT_EQ(again.error().code, RejectCode::kSelfTestFailed);
      }
    });
  }
}

TEST_F(FloatEnvironmentTest, AReplayTakesTheBlameItself) {
  Engine honest(task_, plan_);
  Segment mined = segment(honest);
  const auto result = train(mined, {});
  ASSERT_TRUE(result.has_value());
  const KernelTable table = disturbed_tiles();
  every_disturbance(table, [&](Engine& engine, std::uint32_t bits) {
    change = bits;
    Segment again = segment(engine);
    const ReplayOutcome outcome = replay(again, {result->digests, result->model_root}, {});
    change = 0;
    ASSERT_FALSE(outcome.verdict.has_value());
    EXPECT_EQ(outcome.verdict.error().code, RejectCode::kSelfTestFailed);
    EXPECT_EQ(blame(outcome.verdict.error().code), Blame::kOurselves);
  });
}

TEST_F(FloatEnvironmentTest, ACallersOwnStateBetweenTwoStepsNeitherMattersNorChanges) {
  const auto digests = undisturbed();
  for (const std::uint32_t bits : ControlRegister::kChanges) {
    Engine engine(task_, plan_, {.threads = 2});
    Segment fresh = segment(engine);
    for (std::size_t t = 0; t < 3; ++t) {
      ControlRegister::write(original_ | bits);
      const auto step = fresh.step();
      const std::uint32_t after = ControlRegister::read();
      ControlRegister::write(original_);
      ASSERT_TRUE(step.has_value()) << std::hex << bits;
      EXPECT_EQ(*step, digests[t]) << std::hex << bits;
      EXPECT_EQ(after, original_ | bits);
    }
  }
}

}  // namespace
}  // namespace freezenet::training

#endif
