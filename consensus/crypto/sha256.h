#pragma once

#include <memory>
#include <string_view>

#include "consensus/base/bytes.h"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace freezenet {

/// Streaming SHA-256 (FIPS 180-4, OpenSSL). One object hashes one message at a time; it may be copied to fork a common
/// prefix. A failure inside OpenSSL (no memory, a broken installation) ends the process: there is no such thing as a
/// wrong hash.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&);
  Sha256& operator=(const Sha256&);
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  Sha256& update(ByteView data);
  /// The hash; the object may not be used afterwards, except to be assigned to or restarted.
  Hash256 finish();
  /// Begins a new message in the same memory: for loops over many short messages, where allocation would cost more than
  /// hashing.
  Sha256& restart();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

Hash256 sha256(ByteView data);

/// SHA256(SHA256(tag) || SHA256(tag) || data), as in BIP340: hashes made for one purpose mean nothing for another.
Hash256 tagged_hash(std::string_view tag, ByteView data);
/// The same as a stream that has taken the two tag hashes already.
Sha256 tagged_hasher(std::string_view tag);

}  // namespace freezenet
