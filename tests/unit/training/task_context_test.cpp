#include "training/task_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consensus/crypto/merkle.h"
#include "consensus/default_task.h"
#include "tests/unit/training/dataset/folder_fixture.h"
#include "training/dataset/folder.h"

namespace freezenet::training {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TaskContextTest : public test::DatasetFolder {
 protected:
  void SetUp() override {
    DatasetFolder::SetUp();
    write_idx();
    const FolderDataset found = read_dataset_folder(folder).value();
    task_.name = "small";
    task_.dataset = found.spec;
    task_.dataset.name = "mine";
    task_.dataset.root = chunked_root(found.canonical);
    task_.layers = {Flatten{}, Linear{.out_features = 5}};
    task_.batch = 2;
    task_.evaluation_slice = 2;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files_.push_back(entry.path());
  }
  void move_to(const std::filesystem::path& to) {
    std::filesystem::create_directories(to);
    for (const auto& file : files_) std::filesystem::rename(file, to / file.filename());
  }
  std::string refusal(const std::filesystem::path& datasets) const {
    NetworkParams params;
    params.tasks = {digits_task(), task_};
    const auto loaded = load_task_contexts(params, datasets);
    return loaded ? "accepted" : loaded.error().message();
  }

  Task task_ = digits_task();
  std::vector<std::filesystem::path> files_;
};

TEST_F(TaskContextTest, ADatasetLiesInTheFolderOfItsNameAndIsReadOnce) {
  move_to(folder / "mine");
  NetworkParams params;
  Task other = task_;
  other.name = "other";
  params.tasks = {digits_task(), task_, other};
  const auto loaded = load_task_contexts(params, folder);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message();
  ASSERT_EQ(loaded->size(), 3U);
  EXPECT_EQ((*loaded)[0].dataset.spec().name, "digits");
  EXPECT_EQ((*loaded)[1].dataset.train_label(0), 2);
  EXPECT_EQ((*loaded)[1].dataset.canonical_bytes().data(), (*loaded)[2].dataset.canonical_bytes().data());
  EXPECT_EQ((*loaded)[2].task.name, "other");
}

TEST_F(TaskContextTest, SaysWhichTaskMissesWhatAndWhereItWasLookedFor) {
  EXPECT_THAT(refusal({}), AllOf(HasSubstr("not-found"), HasSubstr("task 'small' needs the dataset 'mine'")));
  EXPECT_THAT(refusal(folder), AllOf(HasSubstr("not-found"), HasSubstr("task 'small' needs the dataset 'mine'"),
                                     HasSubstr((folder / "mine").string()), HasSubstr("put train-images-idx3-ubyte")));
  move_to(folder / "mine");
  task_.dataset.root = Hash256{};
  EXPECT_THAT(refusal(folder),
              AllOf(HasSubstr("bad-dataset"), HasSubstr("task 'small'"), HasSubstr("another content")));
}

}  // namespace
}  // namespace freezenet::training
