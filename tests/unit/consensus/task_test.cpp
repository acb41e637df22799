#include "consensus/task.h"

#include <functional>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"
#include "tests/unit/consensus/sample_task.h"

namespace freezenet {
namespace {

Bytes encoded(const Task& task) {
  Writer out;
  task.encode(out);
  return out.take();
}

TEST(Task, ComesBackFromItsEncoding) {
  Task task = sample_task();
  EXPECT_EQ(Task::decode(encoded(task)), task);
  task.dataset.channels = 3;
  task.inputs.resize(3, task.inputs[0]);
  task.rates.assign(kMaxRates, 16.0F);
  task.layers.assign(64, Relu{});
  task.momentum = task.weight_decay = task.label_smoothing = 0;
  EXPECT_EQ(Task::decode(encoded(task)), task);
  for (const Augmentation augmentation :
       {Augmentation{0, false}, Augmentation{4, true}, Augmentation{7, false}, Augmentation{0, true}}) {
    EXPECT_EQ(Task::decode(encoded(residual_task(augmentation))), residual_task(augmentation));
  }
}

// From an independent implementation of the encoding in Python (tests/functional/network_file.py).
TEST(Task, GoldenId) {
  EXPECT_EQ(encoded(sample_task()).size(), 1186U);
  EXPECT_EQ(to_hex(ByteView(sample_task().id().bytes)),
            "b90194763870d7b3c04ba24a15035552ead9d093909200da1a14a1a86183f398");
  EXPECT_EQ(encoded(residual_task()).size(), 1227U);
  EXPECT_EQ(to_hex(ByteView(residual_task().id().bytes)),
            "b494cb91992d2f57a4962cd156f98092574c077577e33339c40cc983c43e5441");
  EXPECT_EQ(encoded(residual_task({4, true})).size(), 1232U);
  EXPECT_EQ(to_hex(ByteView(residual_task({4, true}).id().bytes)),
            "8f1b845b6f7d00577c5f826561343096e28a5fb4a8efdbaff05f8d97973b57c5");
  EXPECT_EQ(to_hex(ByteView(residual_task({0, true}).id().bytes)),
            "49bebf14651d720768c5c085d8b51b754f1090c79c461e6d2bfbf21cb30131a7");
}

TEST(Task, KindsOfLayersKeepTheirNumbers) {
  const std::vector<Layer> in_order{Conv2d{}, Relu{},    MaxPool{},   Flatten{},
                                    Linear{}, AvgPool{}, GroupNorm{}, ResidualAdd{}};
  for (std::size_t kind = 0; kind < in_order.size(); ++kind) EXPECT_EQ(in_order[kind].index(), kind);
}

TEST(Task, AugmentationIsWrittenOnlyWhereThereIsSome) {
  // Version, names, dataset, one table; then, in version 2, crop_padding u32 and flip u8.
  constexpr std::size_t kAt = 4 + 7 + 7 + 6 * 4 + 32 + 1 + 1024;
  const auto refusal = [](const Bytes& data) {
    const auto task = Task::decode(data);
    EXPECT_FALSE(task);
    return task ? Reject{} : task.error();
  };
  EXPECT_EQ(encoded(residual_task())[0], 1);
  const Bytes good = encoded(residual_task({4, true}));
  EXPECT_EQ(good[0], 2);
  EXPECT_EQ(Bytes(good.begin() + kAt, good.begin() + kAt + 5), (Bytes{4, 0, 0, 0, 1}));

  Bytes idle = good;  // the task of version 1 once more, under another id
  idle[kAt] = idle[kAt + 4] = 0;
  EXPECT_EQ(refusal(idle).code, RejectCode::kBadEncoding);
  EXPECT_EQ(refusal(idle).detail, "augmentation that does nothing");
  for (const std::uint8_t flip : Bytes{2, 0x80, 0xff}) {
    Bytes other = good;
    other[kAt + 4] = flip;
    EXPECT_EQ(refusal(other).code, RejectCode::kBadEncoding) << int{flip};
  }
  Bytes without = good;  // the older version has no place for it
  without[0] = 1;
  EXPECT_FALSE(Task::decode(without));
  Bytes crop_too_large = good;
  crop_too_large[kAt + 3] = 1;
  EXPECT_EQ(refusal(crop_too_large).code, RejectCode::kBadTask);
}

class TaskEncoding : public ::testing::TestWithParam<Task> {};
INSTANTIATE_TEST_SUITE_P(Tasks, TaskEncoding,
                         ::testing::Values(sample_task(), residual_task(), residual_task({1, true})),
                         [](const auto& tested) { return "Task" + std::to_string(tested.index); });

TEST_P(TaskEncoding, EveryByteIsPartOfTheId) {
  // Whatever else decodes, decodes to another task with another id, and encodes to itself: no two encodings of one
  // task.
  const Bytes original = encoded(GetParam());
  int accepted = 0;
  for (std::size_t i = 0; i < original.size(); ++i) {
    for (const std::uint8_t flip : Bytes{0x01, 0x80, 0xff}) {
      Bytes data = original;
      data[i] ^= flip;
      const auto task = Task::decode(data);
      if (!task) continue;
      ++accepted;
      ASSERT_EQ(encoded(*task), data) << i;
      ASSERT_NE(*task, GetParam()) << i;
      ASSERT_NE(task->id(), GetParam().id()) << i;
    }
  }
  EXPECT_GT(accepted, 1000) << "the mutations reach fields whose other values are good";
}

TEST_P(TaskEncoding, RandomDamageNeverYieldsASecondEncoding) {
  std::mt19937 random(6);
  const Bytes original = encoded(GetParam());
  for (int i = 0; i < 20'000; ++i) {
    Bytes data = original;
    for (unsigned n = 1 + random() % 4; n > 0; --n) {
      // Not into the input tables, where nearly everything is good.
      const std::size_t at = random() % 2 == 0 ? random() % 72 : data.size() - 1 - random() % 130;
      data[at] = static_cast<std::uint8_t>(random());
    }
    if (random() % 4 == 0) data.resize(random() % (data.size() + 1));
    if (random() % 4 == 0) data.push_back(static_cast<std::uint8_t>(random()));
    if (const auto task = Task::decode(data)) {
      ASSERT_EQ(encoded(*task), data);
    }
  }
}

TEST_P(TaskEncoding, EveryTruncationAndAnyTailIsRefused) {
  Bytes data = encoded(GetParam());
  for (std::size_t n = 0; n < data.size(); ++n) EXPECT_FALSE(Task::decode(ByteView(data).first(n))) << n;
  data.push_back(0);
  const auto longer = Task::decode(data);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, RejectCode::kTrailingBytes);
}

TEST(Task, UnknownVersionAndLayerAreRefused) {
  Bytes version = encoded(sample_task());
  version[0] = 3;
  ASSERT_FALSE(Task::decode(version));
  EXPECT_EQ(Task::decode(version).error().code, RejectCode::kBadEncoding);
  Task task = sample_task();
  task.layers = {Relu{}};
  Bytes layer = encoded(task);
  const std::size_t kind = 4 + 7 + 7 + 6 * 4 + 32 + 1 + 1024 + 1;
  ASSERT_EQ(layer[kind], 1);
  layer[kind] = 8;
  ASSERT_FALSE(Task::decode(layer));
  EXPECT_EQ(Task::decode(layer).error().code, RejectCode::kBadEncoding);
}

TEST(Task, EveryRuleIsEnforced) {
  struct Fault {
    const char* field;  // how the detail begins
    std::function<void(Task&)> bend;
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<Fault> faults{
      {"name", [](Task& t) { t.name = ""; }},
      {"name", [](Task& t) { t.name = "Sample"; }},
      {"name", [](Task& t) { t.name = "a b"; }},
      {"dataset name", [](Task& t) { t.dataset.name = "d_"; }},
      {"dataset channels", [](Task& t) { t.dataset.channels = 0; }},
      {"dataset height", [](Task& t) { t.dataset.height = 0; }},
      {"dataset height", [](Task& t) { t.dataset.width = kMaxSide + 1; }},
      {"dataset classes", [](Task& t) { t.dataset.classes = 1; }},
      {"dataset classes", [](Task& t) { t.dataset.classes = kMaxClasses + 1; }},
      {"both splits", [](Task& t) { t.dataset.train_count = 0; }},
      {"both splits", [](Task& t) { t.dataset.evaluation_count = 0; }},
      {"dataset", [](Task& t) { t.dataset.train_count = 0xffff'ffff; }},
      {"inputs", [](Task& t) { t.inputs.clear(); }},
      {"inputs", [](Task& t) { t.inputs.push_back(t.inputs[0]); }},
      {"inputs", [=](Task& t) { t.inputs[0][255] = nan; }},
      {"inputs", [=](Task& t) { t.inputs[0][3] = -infinity; }},
      {"inputs", [](Task& t) { t.inputs[0][0] = -0.0F; }},
      {"augmentation", [](Task& t) { t.augmentation.crop_padding = 8; }},
      {"augmentation", [](Task& t) { t.augmentation.crop_padding = t.dataset.width = 7; }},
      {"augmentation", [](Task& t) { t.dataset.height = t.dataset.width = 64, t.augmentation.crop_padding = 33; }},
      {"layers", [](Task& t) { t.layers.clear(); }},
      {"layers",
       [](Task& t) {
         t.layers.insert(t.layers.begin(), GroupNorm{1, 0});
       }},
      {"layers",
       [](Task& t) {
         t.layers.insert(t.layers.begin(), GroupNorm{1, -1e-5F});
       }},
      {"layers",
       [](Task& t) {
         t.layers.insert(t.layers.begin(), GroupNorm{1, 1.0000001F});
       }},
      {"layers",
       [=](Task& t) {
         t.layers.insert(t.layers.begin(), GroupNorm{1, nan});
       }},
      {"layers",
       [=](Task& t) {
         t.layers.insert(t.layers.begin(), GroupNorm{1, infinity});
       }},
      {"layers", [](Task& t) { t.layers.assign(65, Relu{}); }},
      {"batch", [](Task& t) { t.batch = 0; }},
      {"batch", [](Task& t) { t.batch = 1025; }},
      {"batch", [](Task& t) { t.dataset.train_count = t.batch - 1; }},
      {"steps", [](Task& t) { t.steps = 31; }},
      {"steps", [](Task& t) { t.steps = 4097; }},
      {"momentum", [](Task& t) { t.momentum = 1; }},
      {"momentum", [](Task& t) { t.momentum = -0.0F; }},
      {"momentum", [=](Task& t) { t.momentum = nan; }},
      {"weight_decay", [](Task& t) { t.weight_decay = -0.1F; }},
      {"weight_decay", [=](Task& t) { t.weight_decay = infinity; }},
      {"label_smoothing", [](Task& t) { t.label_smoothing = 1; }},
      {"rate_period", [](Task& t) { t.rate_period = 0; }},
      {"rates", [](Task& t) { t.rates.clear(); }},
      {"rates", [](Task& t) { t.rates.back() = 0; }},
      {"rates", [](Task& t) { t.rates.back() = 16.5F; }},
      {"rates", [=](Task& t) { t.rates.back() = nan; }},
      {"watermark_ppm", [](Task& t) { t.watermark_ppm = 0; }},
      {"watermark_ppm", [](Task& t) { t.watermark_ppm = kMaxWatermarkPpm + 1; }},
      {"evaluation_slice", [](Task& t) { t.evaluation_slice = 0; }},
      {"evaluation_slice", [](Task& t) { t.evaluation_slice = 361; }},
      {"evaluation_slice", [](Task& t) { t.batch = 8; }},
      {"margin_ppm", [](Task& t) { t.margin_ppm = kOneMillion + 1; }},
      {"target_num", [](Task& t) { t.target_num = 0; }},
      {"target_num", [](Task& t) { t.target_den = 0; }},
  };
  ASSERT_TRUE(check_task(sample_task()));
  for (const Fault& fault : faults) {
    Task task = sample_task();
    fault.bend(task);
    const auto checked = check_task(task);
    ASSERT_FALSE(checked) << fault.field;
    EXPECT_EQ(checked.error().code, RejectCode::kBadTask);
    EXPECT_TRUE(checked.error().detail.starts_with(fault.field)) << checked.error().message();
    EXPECT_FALSE(plan_of(task)) << fault.field;
    EXPECT_FALSE(Task::decode(encoded(task))) << fault.field;
  }
}

TEST(Task, TheLimitsThemselvesAreGood) {
  Task task = residual_task({7, false});
  EXPECT_TRUE(check_task(task));
  task.dataset.height = task.dataset.width = 64;
  task.augmentation.crop_padding = kMaxCropPadding;
  task.layers[1] = GroupNorm{4, kMaxEpsilon};
  task.layers[4] = GroupNorm{1, std::numeric_limits<float>::denorm_min()};
  EXPECT_TRUE(check_task(task));
}

TEST(Task, LongestNameIsGoodAndOneMoreIsTooLarge) {
  Task task = sample_task();
  task.name = std::string(kMaxTaskName, 'z');
  EXPECT_EQ(Task::decode(encoded(task)), task);
  task.name += '-';
  EXPECT_FALSE(check_task(task));
  ASSERT_FALSE(Task::decode(encoded(task)));
  EXPECT_EQ(Task::decode(encoded(task)).error().code, RejectCode::kTooLarge);
}

TEST(Task, RateHoldsForAPeriodAndTheLastForEver) {
  const Task task = sample_task();
  EXPECT_EQ(task.rate_at(0), 0.05F);
  EXPECT_EQ(task.rate_at(999), 0.05F);
  EXPECT_EQ(task.rate_at(1000), 0.01F);
  EXPECT_EQ(task.rate_at(2000), 0.01F);
  EXPECT_EQ(task.rate_at(~0ULL), 0.01F);
}

}  // namespace
}  // namespace freezenet
