#include "training/experiments/published.h"

#include <array>
#include <limits>

namespace freezenet::experiments {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<PublishedTraining, 11> kTraining = {{{0, 88.23, 88.58, kNone, kNone, kNone, kNone},
                                                          {10, 86.68, 87.18, 87.89, 88.53, 13, 1},
                                                          {20, 84.44, 86.30, 86.90, 87.55, 19, 9},
                                                          {30, 83.00, 84.30, 85.36, 85.36, 26, 16},
                                                          {40, 80.46, 81.79, 81.73, 82.00, 35, 26},
                                                          {50, 78.36, 78.47, 76.72, 77.59, 44, 34},
                                                          {60, 73.69, 73.69, 73.43, 73.58, 45, 38},
                                                          {70, 65.49, 65.49, 62.46, 63.26, 49, 51},
                                                          {80, 39.58, 40.74, 49.62, 49.62, 63, 44},
                                                          {90, 37.65, 38.69, 30.76, 33.54, 32, 30},
                                                          {100, 10, 10, 10, 10, kNone, kNone}}};

constexpr std::array<PublishedSigning, 8> kSigning = {
    {{.2, 81.9}, {.4, 79.3}, {.6, 62.2}, {1, 63.4}, {2, 33.2}, {3.1, 23.6}, {5.1, 11.1}, {10, 8.7}}};

}  // namespace

std::span<const PublishedTraining> published_training() { return kTraining; }
std::span<const PublishedSigning> published_signing() { return kSigning; }

}  // namespace freezenet::experiments
