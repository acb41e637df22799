#include "training/golden.h"

#include <iostream>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"

namespace freezenet::training {
namespace {

TEST(Golden, IsTheSameOnEveryPathAndThreadCount) {
  for (const kernels::Path path : kernels::available_paths()) {
    for (const unsigned threads : {1U, 2U, 3U}) {
      const auto digest = golden_segment({.path = path, .threads = threads});
      ASSERT_TRUE(digest.has_value()) << digest.error().message();
      EXPECT_EQ(to_hex(*digest), kGoldenSegment);
      std::cout << kernels::name(path) << ", " << threads << " threads: " << to_hex(*digest) << "\n";
    }
  }
}

}  // namespace
}  // namespace freezenet::training
