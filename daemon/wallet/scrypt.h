#pragma once

#include <string_view>

#include "consensus/base/result.h"
#include "consensus/base/serialize.h"
#include "daemon/wallet/secret_buffer.h"

namespace freezenet::daemon {

/// What one guess at a passphrase costs (RFC 7914): 128 N r bytes of memory, and time in proportion to N r p.
struct ScryptCost {
  std::uint8_t log2_n = 17;
  std::uint32_t r = 8;
  std::uint32_t p = 1;
  friend bool operator==(const ScryptCost&, const ScryptCost&) = default;

  void encode(Writer& out) const;
  /// Refuses by the reader's error what no wallet of ours has: a file must not make us take gigabytes or hang.
  static ScryptCost read(Reader& in);
};

/// A file may ask for 256 MiB and four times the time of the default, and no more; nor for less than N = 2^10.
Result<> check_cost(const ScryptCost& cost);

using DerivedKey = SecretArray<32>;

/// Takes a third of a second and 128 MiB at the default cost: not for a thread that others wait for. kStorage where
/// this machine has not the memory.
Result<DerivedKey> scrypt(std::string_view passphrase, ByteView salt, const ScryptCost& cost);

}  // namespace freezenet::daemon
