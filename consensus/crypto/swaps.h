#pragma once

#include <cstdint>
#include <span>

namespace freezenet {

/// The swaps of Fisher-Yates on the array 0, 1, 2, ...: for i = 0, 1, ... the elements i and places[i] >= i change
/// places, and places[i] becomes what element i then is. Memory: 44 bytes a swap
/// at most, whatever the places are, and about 10 where they are few of many.
void perform_swaps(std::span<std::uint32_t> places);

}  // namespace freezenet
