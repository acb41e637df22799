#include "daemon/wallet/aes_gcm.h"

#include <memory>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace freezenet::daemon {
namespace {

constexpr std::size_t kNonce = std::tuple_size_v<GcmNonce>;
constexpr std::size_t kTag = kGcmOverhead - kNonce;
constexpr std::size_t kMostBytes = 1 << 30;  // OpenSSL counts with int

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

int length(ByteView data) { return static_cast<int>(data.size()); }

}  // namespace

std::optional<Bytes> gcm_seal_with(const AesKey& key, const GcmNonce& nonce, ByteView plain, ByteView context) {
  if (plain.size() > kMostBytes || context.size() > kMostBytes) return std::nullopt;
  Bytes sealed(nonce.begin(), nonce.end());
  sealed.resize(kNonce + plain.size() + kTag);
  std::uint8_t* const cipher_text = sealed.data() + kNonce;
  const Context cipher(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool done =
      cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.view().data(), nonce.data()) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &written, context.data(), length(context)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), cipher_text, &written, plain.data(), length(plain)) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), cipher_text + plain.size(), &written) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTag), cipher_text + plain.size()) == 1;
  if (!done) return std::nullopt;
  return sealed;
}

std::optional<Bytes> gcm_seal(const AesKey& key, ByteView plain, ByteView context) {
  GcmNonce nonce{};
  if (RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1) return std::nullopt;
  return gcm_seal_with(key, nonce, plain, context);
}

std::optional<SecretBytes> gcm_open(const AesKey& key, ByteView sealed, ByteView context) {
  if (sealed.size() < kGcmOverhead || sealed.size() > kMostBytes || context.size() > kMostBytes) return std::nullopt;
  const ByteView nonce = sealed.first(kNonce), tag = sealed.last(kTag);
  const ByteView cipher_text = sealed.subspan(kNonce, sealed.size() - kGcmOverhead);
  SecretBytes plain(cipher_text.size());
  std::array<std::uint8_t, kTag> expected{};
  std::copy(tag.begin(), tag.end(), expected.begin());
  const Context cipher(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool genuine =
      cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.view().data(), nonce.data()) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &written, context.data(), length(context)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), plain.data(), &written, cipher_text.data(), length(cipher_text)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTag), expected.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), plain.data() + plain.view().size(), &written) == 1;
  if (!genuine) return std::nullopt;
  return plain;
}

}  // namespace freezenet::daemon
