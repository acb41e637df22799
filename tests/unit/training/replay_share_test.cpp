#include "training/replay_share.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace freezenet::training {
namespace {

/// What each of these sources gets of 1,200 ms, if all of them always have a job.
std::vector<double> shares(const std::vector<ProofSource>& sources) {
  ReplayShare share;
  std::vector<double> got(sources.size(), 0);
  for (int step = 0; step < 1200; ++step) {
    const auto next = std::ranges::min_element(sources, {}, [&](const ProofSource& s) { return share.of(s); });
    share.add(*next, 1.0);
    got[static_cast<std::size_t>(next - sources.begin())] += 1.0;
  }
  return got;
}

TEST(ReplayShare, HalfIsForOutboundPeersTheRestForNetworkGroups) {
  std::vector<ProofSource> sources = {{1, 0, true}, {2, 10, false}};
  for (std::uint64_t peer = 3; peer <= 42; ++peer) sources.push_back({peer, 20, false});  // forty of one network
  const std::vector<double> got = shares(sources);
  EXPECT_NEAR(got[0], 600, 2);
  EXPECT_NEAR(got[1], 300, 2);
  for (std::size_t i = 2; i < got.size(); ++i) EXPECT_NEAR(got[i], 300.0 / 40, 1.5);
}

TEST(ReplayShare, NobodysShareIsReserved) {
  EXPECT_EQ(shares({{1, 10, false}}).front(), 1200);
  const std::vector<double> got = shares({{1, 10, false}, {2, 11, false}, {3, 12, false}});
  for (const double share : got) EXPECT_NEAR(share, 400, 1);
}

TEST(ReplayShare, ForgetsWhatWasUsedBefore) {
  ReplayShare share;
  share.add({1, 10, false}, 50);
  share.clear();
  EXPECT_EQ(share.of({1, 10, false}), share.of({2, 11, false}));
}

}  // namespace
}  // namespace freezenet::training
