#include "daemon/storage/model_store.h"

#include <bit>
#include <cstring>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "tests/unit/daemon/setup/file_size_limit.h"
#include "tests/unit/daemon/setup/temporary_folder.h"

namespace freezenet::daemon {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::vector<float> some_weights(std::size_t count) {
  std::vector<float> weights(count);
  for (std::size_t i = 0; i < count; ++i) weights[i] = static_cast<float>(i) * 0.25F - 3.0F;
  return weights;
}

class ModelStoreTest : public ::testing::Test {
 protected:
  ModelStore open() {
    auto store = ModelStore::open(folder_ / "models");
    EXPECT_TRUE(store) << store.error().detail;
    return *std::move(store);
  }
  fs::path file_of(const Hash256& root) { return folder_ / "models" / (to_hex(root) + ".f32"); }
  std::size_t files() {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_ / "models"), fs::directory_iterator()));
  }

  test::TemporaryFolder folder_;
};

TEST_F(ModelStoreTest, ReturnsTheSameBits) {
  auto store = open();
  std::vector<float> weights = some_weights(40'000);  // three chunks
  weights[5] = std::bit_cast<float>(0x7fc0'1234U);    // a NaN with a payload: the store is no judge of values
  weights[6] = -0.0F;
  const auto root = store.put(weights);
  ASSERT_TRUE(root) << root.error().detail;
  EXPECT_EQ(*root, chunked_root(as_bytes(std::span<const float>(weights))));
  EXPECT_TRUE(store.contains(*root));
  const auto back = store.get(*root, weights.size());
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(std::memcmp(back->data(), weights.data(), weights.size() * 4), 0);
  EXPECT_EQ(store.bytes(*root, weights.size() * 4)->size(), weights.size() * 4);
  EXPECT_EQ(*store.put(weights), *root);
  EXPECT_EQ(files(), 1U);
}

TEST_F(ModelStoreTest, AnEmptyModelIsAModel) {
  auto store = open();
  const auto root = store.put({});
  ASSERT_TRUE(root);
  EXPECT_TRUE(store.get(*root, 0)->empty());
}

TEST_F(ModelStoreTest, WhatIsNotThereIsNotFound) {
  const auto store = open();
  EXPECT_EQ(store.get(Hash256{}, 10).error().code, RejectCode::kNotFound);
  EXPECT_FALSE(store.contains(Hash256{}));
}

TEST_F(ModelStoreTest, EveryFlippedByteIsFound) {
  auto store = open();
  const std::vector<float> weights = some_weights(500);
  const Hash256 root = *store.put(weights);
  const std::string good = test::read_text(file_of(root));
  for (std::size_t at = 0; at < good.size(); at += 37) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    test::write_text(file_of(root), bad);
    const auto back = store.get(root, weights.size());
    ASSERT_FALSE(back) << at;
    EXPECT_EQ(back.error().code, RejectCode::kStorage);
    EXPECT_THAT(back.error().detail, HasSubstr(file_of(root).string()));
  }
}

TEST_F(ModelStoreTest, WrongLengthsAreRefusedWithoutReading) {
  auto store = open();
  const std::vector<float> weights = some_weights(500);
  const Hash256 root = *store.put(weights);
  for (const std::uint64_t parameters :
       {std::uint64_t{0}, std::uint64_t{499}, std::uint64_t{501}, std::uint64_t{1} << 40}) {
    const auto back = store.get(root, parameters);
    ASSERT_FALSE(back) << parameters;
    EXPECT_EQ(back.error().code, RejectCode::kStorage);
  }
  // Four times this is 4 in 64 bits.
  EXPECT_FALSE(store.get(root, (std::uint64_t{1} << 62) + 500));
  EXPECT_FALSE(store.get(root, std::numeric_limits<std::uint64_t>::max()));
  // A file that claims a terabyte costs nothing.
  fs::resize_file(file_of(root), std::uintmax_t{1} << 40);
  EXPECT_THAT(store.get(root, 500).error().detail, HasSubstr("is damaged"));
}

TEST_F(ModelStoreTest, ACutFileIsReplacedByTheNextPut) {
  auto store = open();
  const std::vector<float> weights = some_weights(500);
  const Hash256 root = *store.put(weights);
  fs::resize_file(file_of(root), 100);
  EXPECT_FALSE(store.get(root, 500));
  ASSERT_TRUE(store.put(weights));
  EXPECT_TRUE(store.get(root, 500));
}

TEST_F(ModelStoreTest, LeftoversOfACrashAreRemovedAndModelsStay) {
  const Hash256 root = *open().put(some_weights(500));
  const fs::path temporary = file_of(root).string() + ".tmp-a1B2c3";
  test::write_text(temporary, "half a mod");
  // Until the next start it is in nobody's way.
  auto store = open();
  EXPECT_FALSE(fs::exists(temporary));
  EXPECT_TRUE(store.get(root, 500));
  EXPECT_EQ(files(), 1U);
}

TEST_F(ModelStoreTest, AFolderThatCannotBeMadeIsNamed) {
  const auto store = ModelStore::open(folder_ / "none/models");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, RejectCode::kStorage);
  EXPECT_THAT(store.error().detail, HasSubstr("none/models"));
}

TEST_F(ModelStoreTest, AWriteThatFailsHalfWayLeavesNoFile) {
  auto store = open();
  Result<Hash256> root;
  {
    const test::FileSizeLimit limit(50'000);
    root = store.put(some_weights(40'000));
  }
  ASSERT_FALSE(root);
  EXPECT_THAT(root.error().detail, HasSubstr("cannot write"));
  EXPECT_EQ(files(), 0U);
  EXPECT_TRUE(store.put(some_weights(40'000)));
}

TEST_F(ModelStoreTest, AFailedWriteIsNamedAndLeavesNoFile) {
  auto store = open();
  fs::remove(folder_ / "models");
  const auto root = store.put(some_weights(10));
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, RejectCode::kStorage);
  EXPECT_THAT(root.error().detail, HasSubstr("No such file"));
}

}  // namespace
}  // namespace freezenet::daemon
