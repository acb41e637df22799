// The functions of consensus/crypto/sha256.h by PlainSha256, linked in place of consensus/crypto/sha256.cpp where the
// machine that a golden program is built for has no OpenSSL at hand. No target of the product links it.
#include "consensus/crypto/sha256.h"
#include "tests/golden/plain_sha256.h"

/// The header hides the hash's state behind the name of OpenSSL's type, which nothing defines without OpenSSL.
struct evp_md_ctx_st {
  freezenet::golden::PlainSha256 hash;
};

namespace freezenet {

void Sha256::Free::operator()(evp_md_ctx_st* context) const { delete context; }

Sha256::Sha256() : context_(new evp_md_ctx_st) {}
Sha256::Sha256(const Sha256& other) : context_(new evp_md_ctx_st(*other.context_)) {}
Sha256& Sha256::operator=(const Sha256& other) {
  if (this != &other) context_.reset(new evp_md_ctx_st(*other.context_));
  return *this;
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

Sha256& Sha256::restart() {
  *context_ = {};
  return *this;
}

Sha256& Sha256::update(ByteView data) {
  context_->hash.update(data);
  return *this;
}

Hash256 Sha256::finish() { return context_->hash.finish(); }

Hash256 sha256(ByteView data) { return Sha256().update(data).finish(); }

Sha256 tagged_hasher(std::string_view tag) {
  const Hash256 prefix = sha256({reinterpret_cast<const std::uint8_t*>(tag.data()), tag.size()});
  Sha256 hasher;
  hasher.update(prefix.bytes).update(prefix.bytes);
  return hasher;
}

Hash256 tagged_hash(std::string_view tag, ByteView data) { return tagged_hasher(tag).update(data).finish(); }

}  // namespace freezenet
