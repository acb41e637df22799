#include "consensus/crypto/swaps.h"

#include <bit>
#include <cstddef>
#include <vector>

namespace freezenet {
namespace {

std::size_t hash_of(std::uint32_t place) { return static_cast<std::size_t>((place * 0x9e37'79b9'7f4a'7c15ULL) >> 32); }

/// Bits, one for each number modulo their count, so that some numbers share a bit.
class Bits {
 public:
  /// At least `least` of them.
  explicit Bits(std::size_t least) : words_(std::bit_ceil(least / 64 + 1)), mask_(64 * words_.size() - 1) {}

  void prefetch(std::uint32_t number) const { __builtin_prefetch(&words_[(number & mask_) / 64], 1); }
  [[nodiscard]] std::uint64_t get(std::uint32_t number) const {
    return words_[(number & mask_) / 64] >> (number % 64) & 1;
  }
  void set(std::uint32_t number, std::uint64_t bit) { words_[(number & mask_) / 64] |= bit << (number % 64); }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t mask_;
};

/// Which places may be the target of two swaps. The others are most, where few of many are chosen, and nothing need be
/// written down for them: such an element is never looked at again. Places that share a bit count as one, which costs
/// time and no more.
Bits find_repeats(std::span<const std::uint32_t> places) {
  constexpr std::size_t kAhead = 16;
  Bits once(16 * places.size());
  Bits again(4 * places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (i + kAhead < places.size()) once.prefetch(places[i + kAhead]);
    again.set(places[i], once.get(places[i]));
    once.set(places[i], 1);
  }
  return again;
}

/// Elements that differ from their index, by open addressing, at most half full.
class SparseArray {
 public:
  explicit SparseArray(std::size_t writes) : cells_(std::bit_ceil(2 * writes + 1)) {}

  /// Element `index`, which becomes `value`. index >= 1.
  std::uint32_t exchange(std::uint32_t index, std::uint32_t value) {
    const std::size_t mask = cells_.size() - 1;
    std::size_t at = hash_of(index) & mask;
    while (cells_[at].index != 0 && cells_[at].index != index) at = (at + 1) & mask;
    const std::uint32_t before = cells_[at].index == 0 ? index : cells_[at].value;
    cells_[at] = {index, value};
    return before;
  }

 private:
  struct Cell {
    std::uint32_t index = 0;  // 0: free; index 0 is never behind the front
    std::uint32_t value = 0;
  };
  std::vector<Cell> cells_;
};

}  // namespace

void perform_swaps(std::span<std::uint32_t> places) {
  const std::size_t k = places.size();
  // The first k elements in full, for they are read again in order; of the others, what may be read again.
  std::vector<std::uint32_t> front(k);
  for (std::size_t i = 0; i < k; ++i) front[i] = static_cast<std::uint32_t>(i);
  const Bits repeats = find_repeats(places);
  std::size_t count = 0;
  for (const std::uint32_t place : places) count += repeats.get(place);
  SparseArray behind(count);
  for (std::size_t i = 0; i < k; ++i) {
    const std::uint32_t place = places[i];
    const std::uint32_t moved = front[i];  // element i goes to `place`, and is not looked at here again
    if (place < k) {
      places[i] = front[place];
      front[place] = moved;
    } else if (repeats.get(place) != 0) {
      places[i] = behind.exchange(place, moved);
    }
  }
}

}  // namespace freezenet
