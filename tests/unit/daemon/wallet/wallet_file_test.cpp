#include "daemon/wallet/wallet_file.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consensus/crypto/sha256.h"
#include "tests/unit/daemon/wallet/wallet_fixture.h"

namespace freezenet::daemon {
namespace {

using test::plain_file;
using test::sealed_file;
using ::testing::HasSubstr;

std::vector<SecretKey> plain_secrets(const WalletFile& file) { return std::get<std::vector<SecretKey>>(file.secrets); }

/// With the checksum that belongs to the bytes: what somebody writes who changes the file on purpose.
Bytes resummed(Bytes data) {
  const Hash256 sum = tagged_hash("FreezeNet/wallet", ByteView(data).first(data.size() - 32));
  std::ranges::copy(sum.bytes, data.end() - 32);
  return data;
}

TEST(WalletFile, IsReadAsItWasWritten) {
  for (const WalletFile& file : {plain_file(), sealed_file(), WalletFile{"testnet", {}, {}}}) {
    const Bytes data = file.encode();
    const auto read = WalletFile::decode(data);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->network, file.network);
    EXPECT_EQ(read->entries, file.entries);
    EXPECT_EQ(read->encrypted(), file.encrypted());
    EXPECT_EQ(read->encode(), data);
  }
}

TEST(WalletFile, HoldsTheSecretsOfItsKeys) {
  const auto read = WalletFile::decode(plain_file().encode());
  EXPECT_EQ(plain_secrets(*read)[1].public_key(), test::secret_of(2).public_key());
  const auto sealed = WalletFile::decode(sealed_file().encode());
  const auto master = open_master(*sealed, "open");
  ASSERT_TRUE(master);
  const auto secrets = open_secrets(*sealed, *master);
  ASSERT_TRUE(secrets);
  EXPECT_TRUE(std::ranges::equal((*secrets)[0].bytes(), Bytes(32, 1)));
  EXPECT_TRUE(std::ranges::equal((*secrets)[1].bytes(), Bytes(32, 2)));
}

TEST(WalletFile, AnEncryptedOneHoldsNoSecretInTheOpen) {
  const Bytes data = sealed_file().encode();
  for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{2}}) {
    const Bytes secret(32, number);
    EXPECT_EQ(std::search(data.begin(), data.end(), secret.begin(), secret.end()), data.end());
    const Bytes plain = plain_file().encode();
    EXPECT_NE(std::search(plain.begin(), plain.end(), secret.begin(), secret.end()), plain.end());
  }
}

TEST(WalletFile, AnotherPassphraseDoesNotOpenIt) {
  const WalletFile file = sealed_file();
  for (const char* wrong : {"Open", "open ", "", "ope"}) {
    const auto refused = open_master(file, wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, RejectCode::kWrongPassphrase);
  }
}

TEST(WalletFile, EveryFlippedBitIsRefused) {
  for (const WalletFile& file : {plain_file(), sealed_file()}) {
    const Bytes data = file.encode();
    for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
      Bytes changed = data;
      changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      EXPECT_FALSE(WalletFile::decode(changed)) << bit;
    }
  }
}

TEST(WalletFile, WithANewChecksumAFlippedByteNeverGivesAnotherKey) {
  const WalletFile original = sealed_file();
  const Bytes data = original.encode();
  std::size_t opened = 0, refused = 0;
  for (std::size_t at = 0; at + 32 < data.size(); ++at) {
    Bytes changed = data;
    changed[at] ^= 1;
    const auto read = WalletFile::decode(resummed(changed));
    if (!read) {
      ++refused;
      continue;
    }
    const auto master = open_master(*read, "open");
    const auto secrets = master ? open_secrets(*read, *master) : Result<std::vector<SecretKey>>(reject({}));
    if (!secrets) {
      ++refused;
      continue;
    }
    // Only the marks of backups are not bound to the secrets; what opens has the keys of before.
    ++opened;
    ASSERT_EQ(read->entries.size(), 2U) << at;
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ((*secrets)[i].public_key(), original.entries[i].key) << at;
      EXPECT_EQ(read->entries[i].key, original.entries[i].key) << at;
      EXPECT_EQ(read->entries[i].label, original.entries[i].label) << at;
    }
  }
  EXPECT_EQ(opened, 2U);  // the two marks
  EXPECT_EQ(refused, data.size() - 32 - 2);
}

TEST(WalletFile, APlainSecretThatIsNotItsKeysIsRefused) {
  WalletFile file = plain_file();
  std::swap(file.entries[0].key, file.entries[1].key);
  const auto read = WalletFile::decode(file.encode());
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().detail, HasSubstr("does not belong to its key"));
}

TEST(WalletFile, EveryTruncationAndEveryTailIsRefused) {
  for (const WalletFile& file : {plain_file(), sealed_file()}) {
    const Bytes data = file.encode();
    for (std::size_t size = 0; size < data.size(); ++size) {
      EXPECT_FALSE(WalletFile::decode(ByteView(data).first(size))) << size;
      if (size >= 32) {
        EXPECT_FALSE(
            WalletFile::decode(resummed(Bytes(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size)))))
            << size;
      }
    }
    Bytes longer = data;
    longer.push_back(0);
    EXPECT_FALSE(WalletFile::decode(longer));
    EXPECT_EQ(WalletFile::decode(resummed(longer)).error().code, RejectCode::kTrailingBytes);
  }
}

TEST(WalletFile, HostileNumbersAreRefusedBeforeAnythingIsDone) {
  const Bytes data = sealed_file().encode();
  // Behind "FZWALLET", version, "regtest" with its length and the protection: log2 N, r, p.
  const std::size_t cost = 8 + 4 + 8 + 1;
  Bytes changed = data;
  changed[cost] = 30;
  EXPECT_EQ(WalletFile::decode(resummed(changed)).error().code, RejectCode::kTooLarge);
  changed = data;
  changed[cost + 4] = 0x40;  // r = 2^30 and something
  EXPECT_EQ(WalletFile::decode(resummed(changed)).error().code, RejectCode::kTooLarge);
  const std::size_t count = cost + 9 + 32 + 60;
  ASSERT_EQ(data[count], 2);
  changed = data;
  changed[count] = 0xfc;
  EXPECT_EQ(WalletFile::decode(resummed(changed)).error().code, RejectCode::kTruncated);
  EXPECT_EQ(WalletFile::decode(Bytes(kMaxWalletBytes + 1)).error().code, RejectCode::kTooLarge);
}

TEST(WalletFile, OtherFilesAndNewerFormatsAreNamed) {
  EXPECT_THAT(WalletFile::decode(Bytes(100, 'x')).error().detail, HasSubstr("no wallet of FreezeNet"));
  Bytes newer = plain_file().encode();
  newer[8] = 2;
  EXPECT_THAT(WalletFile::decode(newer).error().detail, HasSubstr("format 2, this program knows format 1"));
}

TEST(WalletFile, OneKeyTwiceIsRefused) {
  WalletFile file = plain_file();
  file.entries[1].key = file.entries[0].key;
  file.secrets = std::vector<SecretKey>{test::secret_of(1), test::secret_of(1)};
  EXPECT_EQ(WalletFile::decode(file.encode()).error().code, RejectCode::kBadEncoding);
}

TEST(WalletLabel, IsTextOfBoundedLength) {
  EXPECT_TRUE(check_label(""));
  EXPECT_TRUE(check_label("rent, M\xc3\xa4rz"));
  EXPECT_TRUE(check_label(std::string(100, 'x')));
  EXPECT_EQ(check_label(std::string(101, 'x')).error().code, RejectCode::kTooLarge);
  for (const char* bad : {"a\nb", "\x1b[2J", "\x7f", "\xc2\x9b", "\xff", "\xc0\xaf", "\xe2\x82"})
    EXPECT_EQ(check_label(bad).error().code, RejectCode::kBadEncoding);
}

}  // namespace
}  // namespace freezenet::daemon
