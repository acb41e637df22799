#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <openssl/crypto.h>

#include "consensus/base/bytes.h"

namespace freezenet::daemon {

/// N bytes that nobody may find in memory later: zeroed when they go.
template <std::size_t N>
class SecretArray {
 public:
  SecretArray() = default;
  SecretArray(const SecretArray&) = default;
  SecretArray& operator=(const SecretArray&) = default;
  ~SecretArray() { OPENSSL_cleanse(bytes_.data(), N); }

  [[nodiscard]] std::uint8_t* data() { return bytes_.data(); }
  [[nodiscard]] ByteView view() const { return bytes_; }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

/// The same for a length that is known once: never grows, so that no copy stays behind where it was.
class SecretBytes {
 public:
  explicit SecretBytes(std::size_t size) : bytes_(size) {}
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  SecretBytes(SecretBytes&&) noexcept = default;
  SecretBytes& operator=(SecretBytes&&) = delete;
  ~SecretBytes() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  [[nodiscard]] std::uint8_t* data() { return bytes_.data(); }
  [[nodiscard]] ByteView view() const { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace freezenet::daemon
