#include "consensus/crypto/counter_hash.h"

#include <algorithm>
#include <cstring>

#include "consensus/crypto/sha256.h"

namespace freezenet {
namespace {

constexpr std::size_t kHash = 32;
constexpr std::size_t kBlock = 64;

void copy_cut(const std::uint8_t* from, std::size_t size, std::span<std::uint8_t> to) {
  std::copy_n(from, std::min(size, to.size()), to.begin());
}

void hash_by_openssl(Counter counter, std::span<std::uint8_t> out) {
  Sha256 hasher;
  for (; !out.empty(); out = out.subspan(std::min(kHash, out.size()))) {
    copy_cut(hasher.restart().update(counter).finish().bytes.data(), kHash, out);
    add(counter, 1);
  }
}

void hash_by_hardware(Counter counter, std::span<std::uint8_t> out, sha256_hardware::SingleBlocks hardware) {
  constexpr std::size_t kAtOnce = 16;
  std::array<std::uint8_t, kAtOnce * kBlock> blocks{};
  std::array<std::uint8_t, kAtOnce * kHash> last{};
  for (std::size_t i = 0; i < kAtOnce; ++i) {  // the padding never changes: a one bit, and the length in bits
    std::uint8_t* const block = blocks.data() + i * kBlock;
    block[kCounterLength] = 0x80;
    block[kBlock - 2] = kCounterLength * 8 >> 8;
    block[kBlock - 1] = kCounterLength * 8 & 0xFF;
  }
  while (!out.empty()) {
    const std::size_t count = std::min(kAtOnce, (out.size() + kHash - 1) / kHash);
    for (std::size_t i = 0; i < count; ++i) {
      std::memcpy(blocks.data() + i * kBlock, counter.data(), counter.size());
      add(counter, 1);
    }
    const std::size_t size = std::min(count * kHash, out.size());
    const bool whole = size == count * kHash;
    hardware(blocks.data(), count, whole ? out.data() : last.data());
    if (!whole) copy_cut(last.data(), last.size(), out);
    out = out.subspan(size);
  }
}

}  // namespace

void add(Counter& counter, std::uint64_t amount) {
  for (std::size_t i = counter.size(); i-- > 0 && amount != 0;) {
    const std::uint64_t sum = counter[i] + (amount & 0xFF);
    counter[i] = static_cast<std::uint8_t>(sum);
    amount = (amount >> 8) + (sum >> 8);
  }
}

void hash_counter(Counter counter, std::span<std::uint8_t> out, sha256_hardware::SingleBlocks hardware) {
  if (hardware != nullptr) {
    hash_by_hardware(counter, out, hardware);
  } else {
    hash_by_openssl(counter, out);
  }
}

void hash_counter(const Counter& counter, std::span<std::uint8_t> out) {
  static const sha256_hardware::SingleBlocks hardware = sha256_hardware::single_blocks();  // asking is slow in a VM
  hash_counter(counter, out, hardware);
}

}  // namespace freezenet
