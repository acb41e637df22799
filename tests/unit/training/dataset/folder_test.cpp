#include "training/dataset/folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "tests/unit/training/dataset/folder_fixture.h"

namespace freezenet::training {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class DatasetFolderTest : public test::DatasetFolder {
 protected:
  std::string refusal(RejectCode code = RejectCode::kBadDataset) const {
    const auto read = read_dataset_folder(folder);
    if (read) return "accepted";
    EXPECT_EQ(read.error().code, code) << read.error().message();
    EXPECT_THAT(read.error().detail, HasSubstr(folder.string()));
    return read.error().detail;
  }
  DatasetSpec spec_of_folder() const {
    const FolderDataset found = read_dataset_folder(folder).value();
    DatasetSpec spec = found.spec;
    spec.name = "mine";
    spec.root = chunked_root(found.canonical);
    return spec;
  }
};

TEST_F(DatasetFolderTest, IdxFilesBecomeCanonicalBytes) {
  write_idx();
  const auto found = read_dataset_folder(folder);
  ASSERT_TRUE(found.has_value()) << found.error().detail;
  EXPECT_EQ(found->format, FolderFormat::kIdx);
  EXPECT_EQ(found->spec.channels, 1U);
  EXPECT_EQ(found->spec.height, 2U);
  EXPECT_EQ(found->spec.width, 3U);
  EXPECT_EQ(found->spec.classes, 5U);
  EXPECT_EQ(found->spec.train_count, 3U);
  EXPECT_EQ(found->spec.evaluation_count, 2U);
  EXPECT_EQ(found->canonical, (Bytes{2,  0,  1,  2, 3,   4,   5,   0,   6,   7,   8, 9,   10,  11,  1,   12,  13, 14,
                                     15, 16, 17, 4, 100, 101, 102, 103, 104, 105, 1, 106, 107, 108, 109, 110, 111}));
}

TEST_F(DatasetFolderTest, NamesWithADotAreIdxToo) {
  write_idx();
  const Bytes canonical = read_dataset_folder(folder)->canonical;
  fs::rename(folder / "train-images-idx3-ubyte", folder / "train-images.idx3-ubyte");
  fs::rename(folder / "t10k-labels-idx1-ubyte", folder / "t10k-labels.idx1-ubyte");
  const auto found = read_dataset_folder(folder);
  ASSERT_TRUE(found.has_value()) << found.error().detail;
  EXPECT_EQ(found->canonical, canonical);
}

TEST_F(DatasetFolderTest, CifarFilesAreCanonicalOneBehindTheOther) {
  write_cifar10();
  const auto found = read_dataset_folder(folder);
  ASSERT_TRUE(found.has_value()) << found.error().detail;
  EXPECT_EQ(found->format, FolderFormat::kCifar10);
  EXPECT_EQ(found->spec.channels, 3U);
  EXPECT_EQ(found->spec.height, 32U);
  EXPECT_EQ(found->spec.width, 32U);
  EXPECT_EQ(found->spec.classes, 10U);
  EXPECT_EQ(found->spec.train_count, 5U);
  EXPECT_EQ(found->spec.evaluation_count, 1U);
  ASSERT_EQ(found->canonical.size(), 6 * kCifarRecord);
  for (std::size_t i = 0; i < found->canonical.size(); ++i) ASSERT_EQ(found->canonical[i], i / kCifarRecord);
}

TEST_F(DatasetFolderTest, ATaskGetsItsDatasetAndNoOther) {
  write_idx();
  const DatasetSpec spec = spec_of_folder();
  const auto dataset = load_dataset_folder(spec, folder);
  ASSERT_TRUE(dataset.has_value()) << dataset.error().detail;
  EXPECT_EQ(dataset->train_label(2), 1);
  EXPECT_EQ(dataset->evaluation_pixels(1)[0], 106);

  const auto refused = [&](const DatasetSpec& other) {
    const auto loaded = load_dataset_folder(other, folder);
    EXPECT_FALSE(loaded.has_value());
    return loaded ? std::string() : loaded.error().detail;
  };
  DatasetSpec other = spec;
  other.height = 3;
  EXPECT_THAT(refused(other), HasSubstr("samples of 1x2x3, the task has 1x3x3"));
  other = spec;
  other.train_count = 4;
  EXPECT_THAT(refused(other), HasSubstr("3 samples to train on, the task has 4"));
  other = spec;
  other.evaluation_count = 1;
  EXPECT_THAT(refused(other), HasSubstr("2 samples to evaluate on, the task has 1"));
  other = spec;
  other.classes = 3;
  EXPECT_THAT(refused(other),
              AllOf(HasSubstr("t10k-labels-idx1-ubyte has label 4 at sample 0"), HasSubstr("3 classes")));
  other = spec;
  other.root = Hash256{};
  EXPECT_THAT(refused(other), AllOf(HasSubstr("root " + to_hex(spec.root)), HasSubstr("expected " + to_hex(other.root)),
                                    HasSubstr("fetch the files again")));
}

TEST_F(DatasetFolderTest, ABatchThatIsThereTwiceIsNamed) {
  write_cifar10();
  const DatasetSpec spec = spec_of_folder();
  ASSERT_TRUE(load_dataset_folder(spec, folder).has_value());
  write("data_batch_4.bin", Bytes(kCifarRecord, 1));
  const auto twice = load_dataset_folder(spec, folder);
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().code, RejectCode::kBadDataset);
  EXPECT_THAT(twice.error().detail, HasSubstr("data_batch_2.bin and data_batch_4.bin are the same file"));
}

TEST_F(DatasetFolderTest, WhatIsMissingIsNamed) {
  EXPECT_THAT(refusal(), AllOf(HasSubstr("holds no dataset"), HasSubstr("train-images-idx3-ubyte"),
                               HasSubstr("data_batch_1.bin")));
  write("data_batch_1", {1});
  EXPECT_THAT(refusal(), HasSubstr("fetch the binary version"));
  fs::create_directory(folder / "cifar-10-batches-bin");
  EXPECT_THAT(refusal(), HasSubstr("move its files up"));
  write("t10k-images-idx3-ubyte.gz", {0x1f, 0x8b});
  EXPECT_THAT(refusal(), HasSubstr("run gunzip"));
  write_idx();
  fs::rename(folder / "train-labels-idx1-ubyte", folder / "train-labels-idx1-ubyte.gz");
  EXPECT_THAT(refusal(RejectCode::kNotFound), HasSubstr("run gunzip on"));
  fs::remove(folder / "train-labels-idx1-ubyte.gz");
  EXPECT_THAT(refusal(RejectCode::kNotFound), HasSubstr("train-labels-idx1-ubyte, which belongs to the dataset"));
  fs::remove_all(folder);
  EXPECT_THAT(refusal(RejectCode::kNotFound), HasSubstr("there is no folder"));
}

TEST_F(DatasetFolderTest, TwoDatasetsInOneFolderAreRefusedUnlessTheFormatIsSaid) {
  write_idx();
  write_cifar10();
  EXPECT_THAT(refusal(), HasSubstr("a folder of its own"));
  EXPECT_EQ(read_dataset_folder(folder, FolderFormat::kIdx)->spec.channels, 1U);
  EXPECT_EQ(read_dataset_folder(folder, FolderFormat::kCifar10)->spec.channels, 3U);
}

TEST_F(DatasetFolderTest, FilesThatDoNotBelongTogetherAreRefused) {
  write_idx();
  write("t10k-labels-idx1-ubyte", labels({4}));
  EXPECT_THAT(refusal(), HasSubstr("t10k-labels-idx1-ubyte holds 1 labels for the 2 images"));
  write_idx();
  Bytes turned = images(2, 0);
  std::swap(turned[11], turned[15]);
  write("t10k-images-idx3-ubyte", turned);
  EXPECT_THAT(refusal(), HasSubstr("t10k-images-idx3-ubyte has images of another size"));
  write_idx();
  write("train-labels-idx1-ubyte", images(3, 0));
  EXPECT_THAT(refusal(), HasSubstr("train-labels-idx1-ubyte holds images"));
}

TEST_F(DatasetFolderTest, ShortLongAndWrongCifarFilesAreNamed) {
  for (const std::size_t size : {std::size_t{0}, kCifarRecord - 1, kCifarRecord + 1}) {
    write_cifar10();
    write("data_batch_3.bin", Bytes(size, 1));
    EXPECT_THAT(refusal(), AllOf(HasSubstr("data_batch_3.bin has " + std::to_string(size) + " bytes"),
                                 HasSubstr("records of 3073 bytes")));
  }
  write_cifar10();
  write("test_batch.bin", Bytes(kCifarRecord, 10));
  EXPECT_THAT(refusal(), HasSubstr("test_batch.bin has label 10 at sample 0 where there are 10 classes"));
}

TEST_F(DatasetFolderTest, WhatIsNoPlainFileIsRefusedWithoutWaiting) {
  const fs::path file = folder / "data_batch_2.bin";
  write_cifar10();
  fs::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_THAT(refusal(), HasSubstr("data_batch_2.bin is not a plain file"));
  fs::remove(file);
  fs::create_directory(file);
  EXPECT_THAT(refusal(), HasSubstr("data_batch_2.bin is not a plain file"));
  fs::remove(file);
  fs::create_symlink(file, file);
  EXPECT_THAT(refusal(), HasSubstr("data_batch_2.bin is a link that leads nowhere"));
  fs::remove(file);
  fs::create_symlink("data_batch_1.bin", file);
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(DatasetFolderTest, AHugeFileIsRefusedBeforeAnythingIsAllocatedForIt) {
  write_cifar10();
  // Sparse: it takes no space, and reading it into memory would take 5 GB.
  fs::resize_file(folder / "data_batch_5.bin", kCifarRecord * 1'700'000);
  EXPECT_THAT(refusal(RejectCode::kTooLarge), HasSubstr("which is the most that is read"));
  write_idx();
  Bytes head = images(1, 0);
  head[4 + 1] = 1;                 // 65,537 images
  head[8 + 2] = head[12 + 2] = 1;  // of 258 x 259 pixels
  write("train-images-idx3-ubyte", head);
  fs::resize_file(folder / "train-images-idx3-ubyte", 16 + std::uint64_t{65'537} * 258 * 259);
  Bytes names = labels({0});
  names[4 + 1] = 1;
  names.resize(8 + 65'537);
  write("train-labels-idx1-ubyte", names);
  Bytes other = images(1, 0);
  other[8 + 2] = other[12 + 2] = 1;
  other.resize(16 + 258 * 259);
  write("t10k-images-idx3-ubyte", other);
  write("t10k-labels-idx1-ubyte", labels({0}));
  const auto read = read_dataset_folder(folder, FolderFormat::kIdx);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, RejectCode::kTooLarge) << read.error().message();
}

TEST(FolderFormats, HaveNames) {
  EXPECT_EQ(folder_format("idx").value(), FolderFormat::kIdx);
  EXPECT_EQ(folder_format("cifar10").value(), FolderFormat::kCifar10);
  EXPECT_EQ(folder_format("cifar").error().code, RejectCode::kConfig);
}

}  // namespace
}  // namespace freezenet::training
