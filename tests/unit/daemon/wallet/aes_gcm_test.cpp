#include "daemon/wallet/aes_gcm.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "consensus/base/hex.h"

namespace freezenet::daemon {
namespace {

Bytes hex(const char* text) { return bytes_from_hex(text).value(); }

AesKey key_of(ByteView bytes) {
  AesKey key;
  std::ranges::copy(bytes, key.data());
  return key;
}

struct Vector {
  const char *key, *nonce, *plain, *context, *cipher_text, *tag;
};

TEST(AesGcm, VectorsOfTheSpecification) {
  // McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B, test cases 13, 14 and 16.
  const Vector vectors[] = {
      {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "", "",
       "530f8afbc74536b9a963b4f1c4cb738b"},
      {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
       "00000000000000000000000000000000", "", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
      {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de65"
       "7"
       "ba637b39",
       "feedfacedeadbeeffeedfacedeadbeefabaddad2",
       "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0"
       "a"
       "bcc9f662",
       "76fc6ece0f4e1768cddf8853bb2d551b"},
  };
  for (const Vector& vector : vectors) {
    const AesKey key = key_of(hex(vector.key));
    GcmNonce nonce{};
    std::ranges::copy(hex(vector.nonce), nonce.begin());
    const auto sealed = gcm_seal_with(key, nonce, hex(vector.plain), hex(vector.context));
    ASSERT_TRUE(sealed);
    EXPECT_EQ(to_hex(ByteView(*sealed)), std::string(vector.nonce) + vector.cipher_text + vector.tag);
    const auto opened = gcm_open(key, *sealed, hex(vector.context));
    ASSERT_TRUE(opened);
    EXPECT_EQ(to_hex(opened->view()), vector.plain);
  }
}

TEST(AesGcm, AFlippedBitAnywhereOpensNothing) {
  const AesKey key = key_of(Bytes(32, 7));
  const Bytes plain(40, 1), context(9, 2);
  const Bytes sealed = gcm_seal(key, plain, context).value();
  ASSERT_TRUE(gcm_open(key, sealed, context));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(gcm_open(key, changed, context)) << bit;
  }
  EXPECT_FALSE(gcm_open(key, sealed, Bytes(9, 3)));
  EXPECT_FALSE(gcm_open(key_of(Bytes(32, 8)), sealed, context));
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(gcm_open(key, ByteView(sealed).first(size), context)) << size;
}

TEST(AesGcm, EverySealingHasItsOwnNonce) {
  const AesKey key = key_of(Bytes(32, 7));
  EXPECT_NE(gcm_seal(key, {}, {}).value(), gcm_seal(key, {}, {}).value());
}

}  // namespace
}  // namespace freezenet::daemon
