#include <algorithm>
#include <bit>

#include "consensus/base/serialize.h"
#include "consensus/crypto/hash_drbg.h"

namespace freezenet {
namespace {

Bytes personalisation(std::string_view label, std::uint32_t index) {
  Writer out;
  out.bytes({reinterpret_cast<const std::uint8_t*>(label.data()), label.size()}).integer(index);
  return out.take();
}

/// The array that Fisher-Yates shuffles, with only the elements written down that differ from their index: open
/// addressing, at most half full, so a choice of k costs memory in proportion to k and not to n.
class SparseArray {
 public:
  explicit SparseArray(std::uint32_t writes) : cells_(std::bit_ceil(2 * std::size_t{writes} + 1)) {}

  /// Element `index`, which becomes `value`.
  std::uint32_t exchange(std::uint32_t index, std::uint32_t value) {
    Cell& cell = find(index);
    const std::uint32_t before = cell.used ? cell.value : index;
    cell = {index, value, true};
    return before;
  }
  std::uint32_t get(std::uint32_t index) {
    const Cell& cell = find(index);
    return cell.used ? cell.value : index;
  }

 private:
  struct Cell {
    std::uint32_t index = 0;
    std::uint32_t value = 0;
    bool used = false;
  };
  Cell& find(std::uint32_t index) {
    const std::size_t mask = cells_.size() - 1;
    std::size_t at = static_cast<std::size_t>((index * 0x9e37'79b9'7f4a'7c15ULL) >> 32) & mask;
    while (cells_[at].used && cells_[at].index != index) at = (at + 1) & mask;
    return cells_[at];
  }
  std::vector<Cell> cells_;
};

}  // namespace

Stream::Stream(const Hash256& seed, std::string_view label, std::uint32_t index)
    : drbg_(seed.bytes, {}, personalisation(label, index)) {}

std::uint32_t Stream::next_u32() {
  if (used_ == kBlock) {
    drbg_.generate(buffer_);
    used_ = 0;
  }
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{buffer_[used_ + i]} << (8 * i);
  used_ += 4;
  return value;
}

std::uint32_t Stream::bounded(std::uint32_t bound) {
  if (bound <= 1) return 0;
  const int spare = std::countl_zero(bound - 1);
  for (;;) {
    const std::uint32_t candidate = next_u32() >> spare;
    if (candidate < bound) return candidate;
  }
}

float Stream::uniform_float() {
  const std::uint32_t u = next_u32() >> 8;
  // Odd and below 2^24 in size: the integer, its conversion and the power of two are all exact.
  return static_cast<float>(static_cast<std::int32_t>(2 * u + 1) - (1 << 24)) * 0x1p-24F;
}

std::vector<std::uint32_t> Stream::choose(std::uint32_t n, std::uint32_t k) {
  std::vector<std::uint32_t> chosen;
  chosen.reserve(k);
  SparseArray array(k);
  for (std::uint32_t i = 0; i < k; ++i) {
    // Swap element i with one at or behind it; element i is never looked at again, so only the other half is stored.
    const std::uint32_t j = i + bounded(n - i);
    chosen.push_back(j == i ? array.get(i) : array.exchange(j, array.get(i)));
  }
  return chosen;
}

}  // namespace freezenet
