#include "daemon/storage/tip_mark.h"

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <unistd.h>

#include "consensus/base/serialize.h"
#include "consensus/crypto/sha256.h"

namespace freezenet::daemon {
namespace {

Bytes encoded(const TipMark::Acknowledged& acknowledged) {
  Writer out;
  out.integer(acknowledged.blocks).integer(acknowledged.transactions);
  const Hash256 sum = tagged_hash("FreezeNet/tip", out.data());
  Bytes bytes = out.take();
  bytes.insert(bytes.end(), sum.bytes.begin(), sum.bytes.begin() + 8);
  return bytes;
}

}  // namespace

TipMark::TipMark(const std::filesystem::path& database)
    : fd_(::open((database.string() + "-tip").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)) {}

TipMark::Acknowledged TipMark::read() const {
  std::array<std::uint8_t, 24> bytes{};
  if (::pread(fd_.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return {};
  Reader in(bytes);
  Acknowledged acknowledged;
  acknowledged.blocks = in.integer<std::uint64_t>();
  acknowledged.transactions = in.integer<std::uint64_t>();
  return std::ranges::equal(encoded(acknowledged), bytes) ? acknowledged : Acknowledged{};
}

void TipMark::set(const Acknowledged& acknowledged) {
  const Bytes bytes = encoded(acknowledged);
  if (::pwrite(fd_.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) forget();
}

void TipMark::forget() {
  if (fd_ && ::ftruncate(fd_.get(), 0) != 0) fd_.reset();
}

}  // namespace freezenet::daemon
