#include "net/node_identity.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "consensus/crypto/sha256.h"

namespace freezenet::net {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioHandle = std::unique_ptr<BIO, FreeBio>;

constexpr std::size_t kMaxFile = 65'536;

/// A descriptor that closes itself.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

auto file_error(const std::filesystem::path& file, const char* what, int error) {
  return reject(RejectCode::kStorage, std::string(what) + " " + file.string() + ": " + std::strerror(error));
}

CertificateHandle self_signed(EVP_PKEY* key) {
  CertificateHandle certificate(X509_new());
  X509* x = certificate.get();
  if (x == nullptr) return nullptr;
  X509_NAME* name = X509_get_subject_name(x);
  const auto* text = reinterpret_cast<const unsigned char*>("freezenet node");
  const bool good = X509_set_version(x, X509_VERSION_3) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
                    // Identity is the key, for ever: the dates are only what other libraries may insist on.
                    ASN1_TIME_set_string_X509(X509_getm_notBefore(x), "20200101000000Z") == 1 &&
                    ASN1_TIME_set_string_X509(X509_getm_notAfter(x), "99991231235959Z") == 1 &&
                    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 &&
                    X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1 &&
                    X509_sign(x, key, nullptr) > 0;
  return good ? std::move(certificate) : nullptr;
}

Result<> write_all(int fd, const std::filesystem::path& file, ByteView data) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error(file, "cannot write", errno);
    data = data.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<> save(const NodeIdentity& identity, const std::filesystem::path& file) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio_PrivateKey(bio.get(), identity.key(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(bio.get(), identity.certificate()) != 1) {
    return reject(RejectCode::kStorage, "cannot encode the node's key");
  }
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);

  std::filesystem::path temporary = file;
  temporary += ".tmp";
  ::unlink(temporary.c_str());  // left by a crash; never a key that was in use
  {
    const File out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (out.fd() < 0) return file_error(temporary, "cannot create", errno);
    const ByteView pem(reinterpret_cast<const std::uint8_t*>(text), static_cast<std::size_t>(length));
    if (auto written = write_all(out.fd(), temporary, pem); !written) return written;
    if (::fsync(out.fd()) != 0) return file_error(temporary, "cannot sync", errno);
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) return file_error(file, "cannot create", errno);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const File directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.fd() < 0 || ::fsync(directory.fd()) != 0) return file_error(folder, "cannot sync", errno);
  return {};
}

/// A node starts without anybody at the terminal: a key that asks for a pass phrase is no key. Without this OpenSSL
/// would ask, and wait.
int no_pass_phrase(char*, int, int, void*) { return -1; }

Result<Bytes> read_file(int fd, const std::filesystem::path& file) {
  Bytes data(kMaxFile);
  std::size_t size = 0;
  while (size < data.size()) {
    const ssize_t n = ::read(fd, data.data() + size, data.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error(file, "cannot read", errno);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  data.resize(size);
  return data;
}

}  // namespace

Hash256 node_id_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (length <= 0) return {};
  const Hash256 id = tagged_hash("FreezeNet/node", ByteView(der, static_cast<std::size_t>(length)));
  OPENSSL_free(der);
  return id;
}

Result<NodeIdentity> NodeIdentity::from(KeyHandle key, CertificateHandle certificate) {
  NodeIdentity identity;
  identity.node_id_ = node_id_of(certificate.get());
  identity.key_ = std::move(key);
  identity.certificate_ = std::move(certificate);
  return identity;
}

Result<NodeIdentity> NodeIdentity::generate() {
  KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  CertificateHandle certificate = key ? self_signed(key.get()) : nullptr;
  if (!certificate) return reject(RejectCode::kConfig, "OpenSSL cannot make an Ed25519 key");
  return from(std::move(key), std::move(certificate));
}

Result<NodeIdentity> NodeIdentity::load_or_create(const std::filesystem::path& file) {
  const File in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.fd() < 0) {
    if (errno != ENOENT) return file_error(file, "cannot read", errno);
    auto fresh = generate();
    if (!fresh) return fresh;
    if (auto saved = save(*fresh, file); !saved) return tl::unexpected<Reject>(saved.error());
    return fresh;
  }
  const auto data = read_file(in.fd(), file);
  if (!data) return tl::unexpected<Reject>(data.error());
  const BioHandle bio(BIO_new_mem_buf(data->data(), static_cast<int>(data->size())));
  KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
  CertificateHandle certificate(PEM_read_bio_X509(bio.get(), nullptr, no_pass_phrase, nullptr));
  const bool fits = key && certificate && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits)
    return reject(
        RejectCode::kStorage,
        file.string() +
            " is damaged: it holds no key with its certificate; remove it: the node makes itself another one");
  return from(std::move(key), std::move(certificate));
}

}  // namespace freezenet::net
