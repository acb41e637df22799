#include "consensus/crypto/hash_drbg.h"

#include <memory>
#include <random>

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "consensus/base/hex.h"

namespace freezenet {
namespace {

/// OpenSSL's own HASH-DRBG, fed by its TEST-RAND with chosen entropy and nonce instead of the machine's.
class OpenSslDrbg {
 public:
  OpenSslDrbg(Bytes entropy, Bytes nonce, const Bytes& personalisation) : parent_(make("TEST-RAND", nullptr)) {
    unsigned int strength = 256;
    OSSL_PARAM source[] = {
        OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, &strength),
        OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_ENTROPY, entropy.data(), entropy.size()),
        OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_NONCE, nonce.data(), nonce.size()),
        OSSL_PARAM_construct_end(),
    };
    EXPECT_EQ(EVP_RAND_instantiate(parent_.get(), strength, 0, nullptr, 0, source), 1);
    child_ = make("HASH-DRBG", parent_.get());
    char digest[] = "SHA256";
    OSSL_PARAM settings[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_DRBG_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    // A null pointer would make OpenSSL put its own name in place of no personalisation.
    static constexpr std::uint8_t kNothing[] = {0};
    const std::uint8_t* text = personalisation.empty() ? kNothing : personalisation.data();
    EXPECT_EQ(EVP_RAND_instantiate(child_.get(), strength, 0, text, personalisation.size(), settings), 1);
  }
  Bytes generate(std::size_t size) {
    Bytes out(size);
    EXPECT_EQ(EVP_RAND_generate(child_.get(), out.data(), size, 256, 0, nullptr, 0), 1);
    return out;
  }

 private:
  struct Free {
    void operator()(EVP_RAND_CTX* context) const { EVP_RAND_CTX_free(context); }
  };
  using Context = std::unique_ptr<EVP_RAND_CTX, Free>;
  static Context make(const char* name, EVP_RAND_CTX* parent) {
    EVP_RAND* algorithm = EVP_RAND_fetch(nullptr, name, nullptr);
    EXPECT_NE(algorithm, nullptr);
    Context context(EVP_RAND_CTX_new(algorithm, parent));
    EVP_RAND_free(algorithm);
    return context;
  }
  Context parent_;
  Context child_;
};

Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
  Bytes data(size);
  for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
  return data;
}

Bytes generate(HashDrbg& drbg, std::size_t size) {
  Bytes out(size);
  drbg.generate(out);
  return out;
}

/// NIST CAVP, Hash_DRBG SHA-256 without reseeding, no personalisation, no additional input, COUNT = 0: the second of
/// two calls.
TEST(HashDrbg, FirstVectorOfNist) {
  HashDrbg drbg(*bytes_from_hex("a65ad0f345db4e0effe875c3a2e71f42c7129d620ff5c119a9ef55f05185e0fb"),
                *bytes_from_hex("8581f9317517276e06e9607ddbcbcc2e"), {});
  generate(drbg, 128);
  EXPECT_EQ(to_hex(ByteView(generate(drbg, 128))),
            "d3e160c35b99f340b2628264d1751060e0045da383ff57a57d73a673d2b8d80daaf6a6c35a91bb4579d73fd0c8fed111"
            "b0391306828adfed528f018121b3febdc343e797b87dbb63db1333ded9d1ece177cfa6b71fe8ab1da46624ed6415e51c"
            "cde2c7ca86e283990eeaeb91120415528b2295910281b02dd431f4c9f70427df");
}

TEST(HashDrbg, AgreesWithOpenSsl) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 50; ++round) {
    const Bytes entropy = random_bytes(random, 32);
    const Bytes nonce = random_bytes(random, 16);
    const Bytes personalisation = random_bytes(random, random() % 60);
    OpenSslDrbg oracle(entropy, nonce, personalisation);
    HashDrbg drbg(entropy, nonce, personalisation);
    for (int call = 0; call < 6; ++call) {
      const std::size_t size = call == 3 ? 4096 : 1 + random() % 200;
      ASSERT_EQ(generate(drbg, size), oracle.generate(size)) << round << ' ' << call;
    }
  }
}

TEST(HashDrbg, TheLargestRequestAgreesToo) {
  const Bytes entropy(32, 1);
  const Bytes nonce(16, 2);
  OpenSslDrbg oracle(entropy, nonce, {});
  HashDrbg drbg(entropy, nonce, {});
  EXPECT_EQ(generate(drbg, 65'536), oracle.generate(65'536));
  EXPECT_EQ(generate(drbg, 33), oracle.generate(33));
}

TEST(HashDrbg, TwoShortCallsAreNotOneLongCall) {
  HashDrbg once(Bytes(32), {}, {});
  HashDrbg twice(Bytes(32), {}, {});
  const Bytes whole = generate(once, 64);
  Bytes halves = generate(twice, 32);
  const Bytes second = generate(twice, 32);
  EXPECT_TRUE(std::equal(halves.begin(), halves.end(), whole.begin()));
  halves.insert(halves.end(), second.begin(), second.end());
  EXPECT_NE(halves, whole);
}

}  // namespace
}  // namespace freezenet
