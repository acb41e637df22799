#include "consensus/crypto/sha256.h"

#include <cstdlib>

#include <openssl/evp.h>

namespace freezenet {
namespace {

void require(bool worked) {
  if (!worked) std::abort();
}

/// Fetched once: OpenSSL 3 otherwise looks the algorithm up under a lock for every hash. Read-only after that, so that
/// the function stays pure for its callers; freed by the process's end.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = [] {
    const EVP_MD* md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    require(md != nullptr);
    return md;
  }();
  return fetched;
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr);
  restart();
}

Sha256::Sha256(const Sha256& other) : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr && EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()) == 1);
}

Sha256& Sha256::operator=(const Sha256& other) {
  if (this == &other) return *this;
  if (!context_) context_.reset(EVP_MD_CTX_new());  // this object was moved from
  require(context_ != nullptr && EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()) == 1);
  return *this;
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

Sha256& Sha256::restart() {
  require(EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr) == 1);
  return *this;
}

Sha256& Sha256::update(ByteView data) {
  require(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
  return *this;
}

Hash256 Sha256::finish() {
  Hash256 hash;
  unsigned int length = 0;
  require(EVP_DigestFinal_ex(context_.get(), hash.bytes.data(), &length) == 1 && length == hash.bytes.size());
  return hash;
}

Hash256 sha256(ByteView data) { return Sha256().update(data).finish(); }

Sha256 tagged_hasher(std::string_view tag) {
  const Hash256 prefix = sha256({reinterpret_cast<const std::uint8_t*>(tag.data()), tag.size()});
  Sha256 hasher;
  hasher.update(prefix.bytes).update(prefix.bytes);
  return hasher;
}

Hash256 tagged_hash(std::string_view tag, ByteView data) { return tagged_hasher(tag).update(data).finish(); }

}  // namespace freezenet
