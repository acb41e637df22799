#include "daemon/wallet/scrypt.h"

#include <gtest/gtest.h>

#include "consensus/base/hex.h"

namespace freezenet::daemon {
namespace {

struct Vector {
  const char* passphrase;
  const char* salt;
  ScryptCost cost;
  const char* key;  ///< the first 32 of 64 bytes: PBKDF2 makes them in blocks of 32
};

TEST(Scrypt, VectorsOfRfc7914) {
  // Section 12. Its last vector, N = 2^20, needs a gigabyte and is left out.
  const Vector vectors[] = {
      {"", "", {4, 1, 1}, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"},
      {"password", "NaCl", {10, 8, 16}, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"},
      {"pleaseletmein",
       "SodiumChloride",
       {14, 8, 1},
       "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"},
  };
  for (const Vector& vector : vectors) {
    const auto key = scrypt(vector.passphrase, as_bytes(vector.salt), vector.cost);
    ASSERT_TRUE(key) << vector.passphrase;
    EXPECT_EQ(to_hex(key->view()), vector.key) << vector.passphrase;
  }
}

TEST(Scrypt, TheDefaultCostRunsWithItsMemoryLimit) {
  // 128 MiB: four times what OpenSSL allows where no limit is named.
  const auto key = scrypt("a", as_bytes("b"), ScryptCost{});
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_NE(to_hex(key->view()), to_hex(scrypt("b", as_bytes("b"), ScryptCost{})->view()));
}

TEST(Scrypt, CostsBeyondTheBoundsAreRefusedByName) {
  EXPECT_TRUE(check_cost(ScryptCost{}));
  EXPECT_TRUE(check_cost({10, 1, 1}));
  EXPECT_TRUE(check_cost({18, 8, 2}));
  for (const ScryptCost& cost :
       {ScryptCost{9, 8, 1}, ScryptCost{19, 8, 1}, ScryptCost{255, 8, 1}, ScryptCost{17, 0, 1}, ScryptCost{17, 8, 0},
        ScryptCost{18, 16, 1}, ScryptCost{17, 8, 5}, ScryptCost{10, 0xffffffff, 1}, ScryptCost{10, 1, 0xffffffff}}) {
    const auto refused = check_cost(cost);
    ASSERT_FALSE(refused) << int{cost.log2_n} << " " << cost.r << " " << cost.p;
    EXPECT_EQ(refused.error().code, RejectCode::kTooLarge);
  }
}

}  // namespace
}  // namespace freezenet::daemon
