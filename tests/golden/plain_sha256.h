#pragma once

#include <array>
#include <cstdint>

#include "consensus/base/bytes.h"

namespace freezenet::golden {

/// SHA-256 as FIPS 180-4 writes it down, in the standard library alone: slow, and only for programs that are built for
/// a machine whose OpenSSL is not at hand. The product hashes with OpenSSL; plain_sha256_test.cpp holds the two
/// together. A value: copies fork a common prefix.
class PlainSha256 {
 public:
  void update(ByteView data);
  /// The hash. The object may not be used afterwards, except to be assigned to.
  Hash256 finish();

 private:
  void compress();

  // Section 5.3.3: the first 32 bits of the fractions of the square roots of the first eight primes.
  std::array<std::uint32_t, 8> state_ = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                         0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
  std::array<std::uint8_t, 64> block_ = {};  // its first size_ % 64 bytes wait for the rest
  std::uint64_t size_ = 0;                   // of the message so far, in bytes
};

}  // namespace freezenet::golden
