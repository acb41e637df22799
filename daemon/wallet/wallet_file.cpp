#include "daemon/wallet/wallet_file.h"

#include <algorithm>
#include <set>

#include <openssl/asn1.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/sha256.h"
#include "daemon/wallet/aes_gcm.h"

namespace freezenet::daemon {
namespace {

constexpr std::string_view kMagic = "FZWALLET";
constexpr std::size_t kMaxNetwork = 64;
constexpr std::size_t kChecksum = 32;
constexpr std::size_t kSmallestEntry = 32 + 8 + 1;

Hash256 checksum_of(ByteView data) { return tagged_hash("FreezeNet/wallet", data); }

Writer head_of(const WalletFile& file) {
  Writer out;
  out.bytes(as_bytes(kMagic.data())).integer(WalletFile::kVersion).text(file.network);
  out.integer(static_cast<std::uint8_t>(file.encrypted() ? 1 : 0));
  if (const auto* sealed = std::get_if<SealedSecrets>(&file.secrets)) {
    sealed->cost.encode(out);
    out.bytes(sealed->salt);
  }
  return out;
}

void write_entries(const WalletFile& file, Writer& out) {
  if (const auto* sealed = std::get_if<SealedSecrets>(&file.secrets)) out.bytes(sealed->master);
  out.compact_size(file.entries.size());
  for (const WalletEntry& entry : file.entries) out.bytes(entry.key.bytes).integer(entry.created).text(entry.label);
}

void read_head(Reader& in) {
  const ByteView magic = in.take(kMagic.size());
  if (!in.failed() && !std::equal(magic.begin(), magic.end(), kMagic.begin()))
    in.fail(RejectCode::kBadEncoding, "the file is no wallet of FreezeNet");
  const auto version = in.integer<std::uint32_t>();
  if (!in.failed() && version != WalletFile::kVersion) {
    in.fail(RejectCode::kConfig, "the wallet is of format " + std::to_string(version) + ", this program knows format " +
                                     std::to_string(WalletFile::kVersion) + "; use the program that wrote it");
  }
}

void read_protection(Reader& in, WalletFile& file) {
  file.network = in.text(kMaxNetwork);
  const auto protection = in.integer<std::uint8_t>();
  if (protection > 1) in.fail(RejectCode::kBadEncoding, "the wallet's protection is neither plain nor encrypted");
  if (protection != 1) return;
  SealedSecrets sealed;
  sealed.cost = ScryptCost::read(in);
  sealed.salt = in.array<32>();
  sealed.master = in.array<60>();
  file.secrets = std::move(sealed);
}

void read_entries(Reader& in, WalletFile& file) {
  const std::size_t count = in.count(kMaxWalletKeys, kSmallestEntry);
  file.entries.reserve(count);
  std::set<XOnlyKey> keys;
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    WalletEntry entry;
    entry.key.bytes = in.array<32>();
    entry.created = in.integer<std::uint64_t>();
    entry.label = in.text(kMaxLabel);
    if (auto ok = check_label(entry.label); !ok) in.fail(ok.error().code, ok.error().detail);
    if (!keys.insert(entry.key).second) in.fail(RejectCode::kBadEncoding, "the wallet holds one key twice");
    file.entries.push_back(std::move(entry));
  }
}

void read_secrets(Reader& in, WalletFile& file) {
  if (auto* sealed = std::get_if<SealedSecrets>(&file.secrets)) {
    const ByteView keys = in.take(32 * file.entries.size() + kGcmOverhead);
    sealed->keys.assign(keys.begin(), keys.end());
    return;
  }
  auto& secrets = std::get<std::vector<SecretKey>>(file.secrets);
  secrets.reserve(file.entries.size());
  for (const WalletEntry& entry : file.entries) {
    const ByteView bytes = in.take(32);
    if (in.failed()) return;
    const auto secret = SecretKey::from_bytes(bytes);
    if (!secret || secret->public_key() != entry.key)
      return in.fail(RejectCode::kBadEncoding, "a secret of the wallet does not belong to its key");
    secrets.push_back(*secret);
  }
}

void read_marks(Reader& in, WalletFile& file) {
  for (WalletEntry& entry : file.entries) {
    const auto mark = in.integer<std::uint8_t>();
    if (mark > 1) in.fail(RejectCode::kBadEncoding, "a mark of the wallet is 0 or 1");
    entry.backed_up = mark == 1;
  }
}

}  // namespace

const WalletEntry* WalletFile::find(const XOnlyKey& key) const {
  const auto found = std::ranges::find(entries, key, &WalletEntry::key);
  return found == entries.end() ? nullptr : &*found;
}

Bytes WalletFile::master_context() const { return head_of(*this).take(); }

Bytes WalletFile::keys_context() const {
  Writer out = head_of(*this);
  write_entries(*this, out);
  return out.take();
}

Bytes WalletFile::encode() const {
  Writer out = head_of(*this);
  write_entries(*this, out);
  if (const auto* sealed = std::get_if<SealedSecrets>(&secrets)) {
    out.bytes(sealed->keys);
  } else {
    for (const SecretKey& secret : std::get<std::vector<SecretKey>>(secrets)) out.bytes(secret.bytes());
  }
  for (const WalletEntry& entry : entries) out.integer(static_cast<std::uint8_t>(entry.backed_up ? 1 : 0));
  const Hash256 checksum = checksum_of(out.data());
  return out.hash(checksum).take();
}

Result<WalletFile> WalletFile::decode(ByteView data) {
  WalletFile file;
  if (data.size() > kMaxWalletBytes) return reject(RejectCode::kTooLarge, "the file is too large for a wallet");
  // The name and the version first, so that another program's file is called what it is.
  Reader head(data);
  read_head(head);
  if (auto ok = head.status(); !ok) return tl::unexpected(ok.error());
  if (head.left() < kChecksum) return reject(RejectCode::kTruncated, "the wallet ends too early");
  const ByteView summed = data.first(data.size() - kChecksum);
  if (!std::ranges::equal(checksum_of(summed).bytes, data.last(kChecksum)))
    return reject(RejectCode::kBadEncoding, "the wallet is damaged: its checksum is wrong");

  Reader in(summed);
  read_head(in);
  read_protection(in, file);
  read_entries(in, file);
  read_secrets(in, file);
  read_marks(in, file);
  if (auto done = in.finish(); !done) return tl::unexpected(done.error());
  return file;
}

Result<> check_label(std::string_view label) {
  if (label.size() > kMaxLabel)
    return reject(RejectCode::kTooLarge, "a label has at most " + std::to_string(kMaxLabel) + " bytes");
  const auto* at = reinterpret_cast<const unsigned char*>(label.data());
  for (auto left = static_cast<int>(label.size()); left > 0;) {
    unsigned long character = 0;
    const int bytes = UTF8_getc(at, left, &character);
    if (bytes <= 0 || character < ' ' || (character >= 0x7f && character < 0xa0))
      return reject(RejectCode::kBadEncoding, "a label is text (UTF-8) without control characters");
    at += bytes;
    left -= bytes;
  }
  return {};
}

}  // namespace freezenet::daemon
