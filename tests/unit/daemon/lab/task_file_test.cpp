#include "daemon/lab/task_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "daemon/lab/task_report.h"
#include "daemon/network_json.h"
#include "daemon/task_json.h"
#include "tests/unit/daemon/lab/lab_fixture.h"
#include "training/dataset/cifar10.h"

namespace freezenet::lab {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TaskFileTest : public test::LabTest {
 protected:
  void SetUp() override {
    LabTest::SetUp();
    task.dataset = {.name = "rgb",
                    .channels = 3,
                    .height = 32,
                    .width = 32,
                    .classes = 10,
                    .train_count = 50,
                    .evaluation_count = 10,
                    .root = {}};
    task.inputs = {task.inputs[0], task.inputs[0], task.inputs[0]};
    task.evaluation_slice = 10;
    std::filesystem::create_directories(folder / "data");
    Bytes canonical;
    for (std::uint8_t i = 0; i < 6; ++i) {
      const Bytes file(10 * training::kCifarRecord, i);
      write("data/" + std::string(training::kCifarFiles[i]), std::string(file.begin(), file.end()));
      canonical.insert(canonical.end(), file.begin(), file.end());
    }
    root = chunked_root(canonical);
  }
  std::string text_with(const std::string& root_text) const {
    auto json = daemon::to_json(task);
    json["dataset"]["root"] = root_text;
    return "// a comment that says more\n" + json.dump(2) + "\n";
  }
  std::string refusal(const Result<NamedTask>& loaded) {
    EXPECT_FALSE(loaded.has_value());
    return loaded ? std::string() : loaded.error().detail;
  }
  Hash256 root;
};

TEST_F(TaskFileTest, TheDigitsNeedNoFile) {
  const auto named = load_task("digits");
  ASSERT_TRUE(named.has_value());
  EXPECT_EQ(named->task, digits_task());
  EXPECT_TRUE(named->pinned);
  EXPECT_TRUE(load_data(named->task, {}).has_value());
}

TEST_F(TaskFileTest, AFileIsTheTaskThatWasWritten) {
  task.dataset.root = root;
  write("t.json", text_with(to_hex(root)));
  const auto named = load_pinned_task(folder / "t.json");
  ASSERT_TRUE(named.has_value()) << named.error().detail;
  EXPECT_EQ(named->task, task);
  EXPECT_TRUE(load_data(named->task, folder / "data").has_value());
  EXPECT_THAT(load_data(named->task, {}).error().detail, HasSubstr("--data DIR"));
}

TEST_F(TaskFileTest, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(refusal(load_task(folder / "none.json")), AllOf(HasSubstr("none.json"), HasSubstr("digits")));
  write("t.json", "{}");
  EXPECT_THAT(refusal(load_task(folder / "t.json")), AllOf(HasSubstr("t.json: "), HasSubstr("name")));
  task.layers.pop_back();
  write("t.json", text_with(to_hex(root)));
  EXPECT_THAT(refusal(load_task(folder / "t.json")), HasSubstr("t.json: "));
  task.batch = 51;
  write("t.json", text_with(to_hex(root)));
  EXPECT_THAT(refusal(load_task(folder / "t.json")), HasSubstr("batch: more than the training split has"));
}

TEST_F(TaskFileTest, WithoutARootItCanBeShownButNotTrained) {
  write("t.json", text_with("unpinned"));
  const auto named = load_task(folder / "t.json");
  ASSERT_TRUE(named.has_value()) << named.error().detail;
  EXPECT_FALSE(named->pinned);
  EXPECT_TRUE(task_report(*named)["id"].is_null());
  EXPECT_THAT(task_report_text(*named), HasSubstr("freezenet-lab task pin"));
  EXPECT_THAT(refusal(load_pinned_task(folder / "t.json")),
              HasSubstr("freezenet-lab task pin " + (folder / "t.json").string() + " DIR"));
}

TEST_F(TaskFileTest, ANetworkTakesNoTaskWithoutARoot) {
  daemon::Network network{regtest_params(), 1, 2};
  task.dataset.root = root;
  network.params.tasks = {task};
  std::string text = daemon::network_file_text(network);
  ASSERT_TRUE(daemon::network_from_json(text).has_value());
  text.replace(text.find(to_hex(root)), 64, "unpinned");
  const auto refused = daemon::network_from_json(text);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().detail, AllOf(HasSubstr("tasks[0].dataset.root"), HasSubstr("freezenet-lab task pin")));
}

TEST_F(TaskFileTest, PinningWritesTheRootAndNothingElse) {
  write("t.json", text_with("unpinned"));
  const auto pinned = pin_task(folder / "t.json", folder / "data", false);
  ASSERT_TRUE(pinned.has_value()) << pinned.error().detail;
  EXPECT_EQ(*pinned, root);
  EXPECT_EQ(read("t.json"), text_with(to_hex(root)));
  EXPECT_TRUE(pin_task(folder / "t.json", folder / "data", false).has_value());  // again: nothing to do
}

TEST_F(TaskFileTest, PinningFollowsALinkAndKeepsPermissions) {
  write("t.json", text_with("unpinned"));
  std::filesystem::permissions(folder / "t.json", std::filesystem::perms{0600});
  std::filesystem::create_symlink("t.json", folder / "link.json");
  ASSERT_TRUE(pin_task(folder / "link.json", folder / "data", false).has_value());
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link.json"));
  EXPECT_EQ(std::filesystem::status(folder / "t.json").permissions(), std::filesystem::perms{0600});
  EXPECT_EQ(load_task(folder / "t.json")->task.dataset.root, root);
}

TEST_F(TaskFileTest, AnotherRootIsReplacedOnlyWhenAsked) {
  const std::string other = text_with(std::string(64, 'a'));
  write("t.json", other);
  const auto refused = pin_task(folder / "t.json", folder / "data", false);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().detail,
              AllOf(HasSubstr(std::string(64, 'a')), HasSubstr(to_hex(root)), HasSubstr("--replace")));
  EXPECT_EQ(read("t.json"), other);
  ASSERT_TRUE(pin_task(folder / "t.json", folder / "data", true).has_value());
  EXPECT_EQ(read("t.json"), text_with(to_hex(root)));
}

TEST_F(TaskFileTest, PinningRefusesWhatItCannotPlace) {
  const std::string twice = text_with("unpinned") + "// \"unpinned\" is what stands there\n";
  write("t.json", twice);
  const auto refused = pin_task(folder / "t.json", folder / "data", false);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().detail, AllOf(HasSubstr("cannot tell where"), HasSubstr(to_hex(root))));
  EXPECT_EQ(read("t.json"), twice);
  task.dataset.train_count = 49;
  write("t.json", text_with("unpinned"));
  EXPECT_THAT(pin_task(folder / "t.json", folder / "data", false).error().detail, HasSubstr("50 samples to train on"));
}

TEST(TaskReport, CountsWeightsAndWork) {
  const NamedTask digits = load_task("digits").value();
  // Of each output value of a convolution k * k * channels, of a dense layer its inputs.
  const auto report = task_report(digits);
  EXPECT_EQ(report["multiply_adds"], 16 * 64 * 9 + 32 * 64 * 9 * 16 + 512 * 64 + 64 * 10);
  EXPECT_EQ(report["id"], to_hex(digits_task().id()));
  EXPECT_EQ(report["parameters"], 38'282);
  EXPECT_EQ(report["layers"][2]["parameters"], 32 * 16 * 9 + 32);
  EXPECT_EQ(report["layers"][2]["output"], "32x8x8");
  EXPECT_EQ(report["steps_per_epoch"], 44);
  EXPECT_THAT(task_report_text(digits),
              AllOf(HasSubstr(to_hex(digits_task().id())), HasSubstr("conv2d out_channels 32")));
}

}  // namespace
}  // namespace freezenet::lab
