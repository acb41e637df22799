#pragma once

#include <cstdint>
#include <optional>

#include "consensus/base/uint256.h"

namespace freezenet {

/// Difficulty as of docs/protocol.md section 7: exact integers only, no state.

/// Bitcoin's compact form of a 256-bit target: the high byte is its length in bytes, the others its leading digits.
/// nullopt for zero, for a set sign bit and for more than 256 bits.
std::optional<Uint256> target_from_compact(std::uint32_t bits);
/// The compact form, rounded down to its 23 or 24 leading bits. Canonical: every target has one.
std::uint32_t target_to_compact(const Uint256& target);

/// aserti3-2d: the base target of the block after one that is `height_diff` blocks and `time_diff` (virtual) seconds
/// behind the anchor. Conventions of the published vectors: height_diff = height(parent) - height(anchor), but
/// time_diff = time(parent) - time(parent of the anchor), so a chain on schedule has time_diff = interval *
/// (height_diff + 1). `interval` and `half_life` in seconds, half_life != 0. The result is at least 1 and at most
/// `limit`; it is not rounded to the compact form.
Uint256 next_target(const Uint256& anchor_target, std::int64_t time_diff, std::uint64_t height_diff,
                    std::uint32_t interval, std::uint32_t half_life, const Uint256& limit);

/// The same in compact form, as headers carry it: from and to bits. An anchor that does not decode counts as `limit`.
std::uint32_t asert_next_bits(std::uint32_t anchor_bits, std::int64_t time_diff, std::uint64_t height_diff,
                              std::uint32_t interval, std::uint32_t half_life, const Uint256& limit);

/// v(B) = v(parent) + clamp(median - parent_median, -6 * interval, +6 * interval), the medians being those of the last
/// 11 times: after a long pause difficulty falls by six intervals a block and not to the floor at once. Any 64-bit
/// times are safe; the sum stays at the ends of its type.
std::int64_t virtual_time(std::int64_t parent_virtual, std::uint64_t parent_median, std::uint64_t median,
                          std::uint32_t interval);

/// Hashes that a block of this base target stands for: floor(2^256 / (base + 1)); 2^256 - 1 for base 0, whose 2^256
/// does not fit.
Uint256 work_of(const Uint256& base_target);

/// The target of a task whose segments cost more or less than the network's reference: min(2^256 - 1, floor(base * num
/// / den)); den != 0.
Uint256 task_target(const Uint256& base_target, std::uint32_t num, std::uint32_t den);

}  // namespace freezenet
