#include "daemon/wallet/scrypt.h"

#include <openssl/evp.h>

namespace freezenet::daemon {
namespace {

constexpr std::uint8_t kLeastLog2N = 10, kMostLog2N = 18;
constexpr std::uint64_t kMostBytes = 256ULL << 20;
constexpr std::uint64_t kMostWork = 4ULL << 20;  // N r p; 2^20 at the default cost
constexpr std::uint32_t kMostFactor = 1024;      // of r and p, so that no product overflows

}  // namespace

void ScryptCost::encode(Writer& out) const { out.integer(log2_n).integer(r).integer(p); }

ScryptCost ScryptCost::read(Reader& in) {
  ScryptCost cost;
  cost.log2_n = in.integer<std::uint8_t>();
  cost.r = in.integer<std::uint32_t>();
  cost.p = in.integer<std::uint32_t>();
  if (auto ok = check_cost(cost); !ok) in.fail(ok.error().code, ok.error().detail);
  return cost;
}

Result<> check_cost(const ScryptCost& cost) {
  if (cost.log2_n < kLeastLog2N || cost.log2_n > kMostLog2N || cost.r == 0 || cost.r > kMostFactor || cost.p == 0 ||
      cost.p > kMostFactor) {
    return reject(RejectCode::kTooLarge, "scrypt's parameters are out of range");
  }
  const std::uint64_t n = std::uint64_t{1} << cost.log2_n;
  if (128 * n * cost.r > kMostBytes || n * cost.r * cost.p > kMostWork)
    return reject(RejectCode::kTooLarge, "scrypt's parameters ask for too much memory or time");
  return {};
}

Result<DerivedKey> scrypt(std::string_view passphrase, ByteView salt, const ScryptCost& cost) {
  const std::uint64_t n = std::uint64_t{1} << cost.log2_n;
  // What OpenSSL counts against the limit, and some; its default of 32 MiB is too little.
  const std::uint64_t memory = 128ULL * cost.r * (n + cost.p + 2) + (1 << 20);
  DerivedKey key;
  if (EVP_PBE_scrypt(passphrase.data(), passphrase.size(), salt.data(), salt.size(), n, cost.r, cost.p, memory,
                     key.data(), key.view().size()) != 1) {
    return reject(RejectCode::kStorage, "scrypt failed: it needs " + std::to_string(memory >> 20) +
                                            " MiB of free memory; free some and try again");
  }
  return key;
}

}  // namespace freezenet::daemon
