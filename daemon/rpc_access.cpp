#include "daemon/rpc_access.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <openssl/rand.h>
#include <sys/stat.h>

#include "consensus/base/hex.h"

namespace freezenet::daemon {

namespace {

constexpr std::string_view kUser = "__cookie__:";
constexpr std::uint64_t kMaxBytes = 1024;

std::string without_line_end(std::string text) {
  text.erase(text.find_last_not_of("\r\n") + 1);
  return text;
}

Result<std::string> read_cookie(const DataPaths& paths) {
  const auto text = read_text_file(paths.cookie(), kMaxBytes);
  if (!text && text.error().code == RejectCode::kNotFound) {
    return reject(RejectCode::kNotFound,
                  "no node is running on the data folder " + paths.root().string() +
                      " (it holds no .cookie); start freezenetd, or say the right --network or --datadir");
  }
  if (!text) return tl::unexpected(text.error());
  std::string cookie = without_line_end(*text);
  if (cookie.starts_with(kUser) && cookie.size() == kUser.size() + 64 && bytes_from_hex(cookie.substr(kUser.size())))
    return cookie;
  return reject(RejectCode::kStorage,
                paths.cookie().string() + " is damaged; stop the node, remove the file, start the node");
}

Result<std::string> first_line_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return tl::unexpected(storage_error("read", file, errno));
  if ((status.st_mode & 077) != 0) {
    return reject(RejectCode::kStorage, "others may read " + file.string() + "; do `chmod 600 " + file.string() +
                                            "`, and change the password");
  }
  const auto text = read_text_file(file, kMaxBytes);
  if (!text) return tl::unexpected(text.error());
  return text->substr(0, text->find_first_of("\r\n"));
}

/// "127.0.0.1:19732" or "[::1]:19732".
bool parse_address(const std::string& text, RpcAccess& access) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, access.port);
  if (parsed.ec != std::errc() || parsed.ptr != end || access.port == 0) return false;
  access.host = text.substr(0, colon);
  if (access.host.front() == '[' && access.host.back() == ']')
    access.host = access.host.substr(1, access.host.size() - 2);
  return !access.host.empty();
}

}  // namespace

Result<std::string> create_cookie(const DataPaths& paths) {
  std::array<std::uint8_t, 32> secret{};
  if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
    return reject(RejectCode::kStorage, "the system's random generator gave no secret for " + paths.cookie().string());
  }
  std::string cookie = std::string(kUser) + to_hex(ByteView(secret));
  if (auto written = write_durably(paths.cookie(), cookie, 0600); !written) return tl::unexpected(written.error());
  return cookie;
}

Result<std::string> read_rpc_password(const std::filesystem::path& file) {
  auto password = first_line_of(file);
  if (password && password->empty())
    return reject(RejectCode::kStorage, file.string() + " is empty; its first line has to be the password");
  return password;
}

Result<> publish_rpc_address(const DataPaths& paths, const std::string& host, std::uint16_t port) {
  const bool bracket = host.find(':') != std::string::npos;
  const std::string text = (bracket ? "[" + host + "]" : host) + ":" + std::to_string(port) + "\n";
  return write_durably(paths.rpc_address(), text, 0600);
}

void remove_rpc_access(const DataPaths& paths) {
  std::error_code ignored;
  std::filesystem::remove(paths.cookie(), ignored);
  std::filesystem::remove(paths.rpc_address(), ignored);
}

Result<RpcAccess> find_rpc_access(const DataPaths& paths, std::optional<std::uint16_t> port,
                                  const std::string& fallback_host, std::uint16_t fallback_port,
                                  const std::optional<RpcLogin>& login) {
  RpcAccess access{fallback_host, port.value_or(fallback_port), {}};
  if (login) {
    access.credentials = login->user + ":" + login->password;
    if (!login->host.empty()) access.host = login->host;
  } else {
    auto cookie = read_cookie(paths);
    if (!cookie) return tl::unexpected(cookie.error());
    access.credentials = *std::move(cookie);
  }
  if ((port && *port != 0) || (login && !login->host.empty())) return access;
  const auto published = read_text_file(paths.rpc_address(), kMaxBytes);
  if (!published && published.error().code == RejectCode::kNotFound) return access;
  if (!published) return tl::unexpected(published.error());
  if (parse_address(without_line_end(*published), access)) return access;
  return reject(RejectCode::kStorage, paths.rpc_address().string() + " is damaged; say the port with --rpc-port");
}

}  // namespace freezenet::daemon
