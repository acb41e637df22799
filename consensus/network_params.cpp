#include "consensus/network_params.h"

#include <algorithm>
#include <limits>

#include "consensus/crypto/sha256.h"
#include "consensus/default_task.h"
#include "consensus/difficulty.h"

namespace freezenet {
namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::uint64_t kCoin = 100'000'000;

bool is_name(const std::string& text, std::size_t limit) {
  return !text.empty() && text.size() <= limit &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

/// Rewards are summed into 64-bit balances: two halving periods' worth bounds every sum that can occur.
bool supply_fits(std::uint64_t subsidy, std::uint32_t halving_interval) {
  return subsidy == 0 || subsidy <= std::numeric_limits<std::uint64_t>::max() / 2 / halving_interval;
}

/// What both local networks share: one machine, one embedded dataset, rewards that a person sees mature.
NetworkParams local_params() {
  NetworkParams p;
  p.address_prefix = "fzrt";
  p.subsidy = 50 * kCoin;
  p.halving_interval = 210'000;
  p.maturity = 10;
  p.tasks = {digits_task()};
  return p;
}

}  // namespace

void NetworkParams::encode(Writer& out) const {
  out.integer(kFormat).text(name).integer(magic).text(address_prefix).integer(genesis_time);
  out.integer(genesis_bits).integer(limit_bits).integer(static_cast<std::uint8_t>(retarget ? 1 : 0));
  out.integer(interval).integer(half_life).integer(subsidy).integer(halving_interval).integer(maturity);
  out.integer(adoption_window).compact_size(tasks.size());
  for (const Task& task : tasks) {
    Writer encoded;
    task.encode(encoded);
    out.sized_bytes(encoded.data());
  }
}

Hash256 NetworkParams::genesis_hash() const {
  Writer out;
  encode(out);
  return tagged_hash("FreezeNet/genesis", out.data());
}

std::uint64_t NetworkParams::subsidy_at(std::uint64_t height) const {
  const std::uint64_t halvings = (height - 1) / halving_interval;
  return halvings >= 64 ? 0 : subsidy >> halvings;
}

Result<> check_params(const NetworkParams& p) {
  const auto bad = [](std::string what) { return reject(RejectCode::kBadGenesis, std::move(what)); };
  if (!is_name(p.name, 16)) return bad("name: 1 to 16 characters of a-z, 0-9 and -");
  if (!is_name(p.address_prefix, 8)) return bad("address_prefix: 1 to 8 characters of a-z, 0-9 and -");
  if (p.genesis_time == 0 || p.genesis_time > std::numeric_limits<std::uint32_t>::max()) {
    return bad("genesis_time: Unix seconds, between 1 and 2^32 - 1");
  }
  const auto genesis = target_from_compact(p.genesis_bits);
  const auto limit = target_from_compact(p.limit_bits);
  if (!genesis || !limit) return bad("genesis_bits, limit_bits: not a compact target");
  if (*genesis > *limit) return bad("genesis_bits is easier than limit_bits");
  if (p.retarget && *limit > Uint256::power_of_two(252)) {
    return bad("limit_bits: a network that retargets allows at most 2^252");
  }
  if (p.interval == 0 || p.interval > 86'400) return bad("interval: 1 to 86,400 seconds");
  if (p.half_life == 0 || p.half_life > 31'536'000) return bad("half_life: 1 to 31,536,000 seconds");
  if (p.halving_interval == 0) return bad("halving_interval: at least 1 block");
  if (!supply_fits(p.subsidy, p.halving_interval)) return bad("subsidy: the supply would not fit 64 bits");
  if (p.maturity == 0 || p.maturity > 1'000) return bad("maturity: 1 to 1,000 blocks");
  if (p.adoption_window == 0 || p.adoption_window > 1'000) return bad("adoption_window: 1 to 1,000 blocks");
  if (p.tasks.empty() || p.tasks.size() > 16) return bad("tasks: 1 to 16");
  for (const Task& task : p.tasks) {
    if (auto plan = plan_of(task); !plan) return tl::unexpected(plan.error());
  }
  return {};
}

std::uint64_t max_seconds_ahead(const NetworkParams& params) { return params.interval < 600 ? 120 : 7'200; }

NetworkParams regtest_params() {
  NetworkParams p = local_params();
  p.name = "regtest";
  p.magic = 0x74725A46;                        // "FZrt"
  p.genesis_time = 1'767'225'600;              // 2026-01-01 00:00 UTC
  p.genesis_bits = p.limit_bits = 0x207fffff;  // every second ticket wins
  p.retarget = false;
  p.interval = 1;
  p.half_life = 60;
  return p;
}

NetworkParams localnet_params() {
  NetworkParams p = local_params();
  p.name = "localnet";
  p.magic = 0x6E6C5A46;         // "FZln"
  p.genesis_bits = 0x20040000;  // 2^250: about 64 segments a block
  p.limit_bits = 0x20100000;    // 2^252
  p.interval = 5;
  p.half_life = 60;
  return p;
}

}  // namespace freezenet
