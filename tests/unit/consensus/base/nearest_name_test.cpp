#include "consensus/base/nearest_name.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace freezenet {
namespace {

TEST(NearestName, CountsSwapsAsOneEditAndRefusesWhatIsFar) {
  const std::vector<std::string_view> names = {"listen", "port", "models"};
  EXPECT_EQ(nearest_name("lisetn", names), "listen");
  EXPECT_EQ(nearest_name("model", names), "models");
  EXPECT_EQ(nearest_name("zzzzzz", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name(std::string(10'000, 'l'), names), "");
}

}  // namespace
}  // namespace freezenet
