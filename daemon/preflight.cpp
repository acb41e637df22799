#include "daemon/preflight.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include <netdb.h>
#include <sys/socket.h>

#include "daemon/data_dir.h"
#include "daemon/durable_file.h"

namespace freezenet::daemon {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMinFreeBytes = 1ULL << 30;
/// No build of this program is older: a clock before it has lost its battery.
constexpr std::uint64_t kEarliestClock = 1'767'225'600;  // 2026-01-01 00:00 UTC
constexpr std::uint64_t kLatestClock = 4'102'444'800;    // 2100-01-01 00:00 UTC

CheckItem ok(std::string name, std::string detail) { return {std::move(name), true, std::move(detail)}; }
CheckItem failed(std::string name, std::string detail) { return {std::move(name), false, std::move(detail)}; }

CheckItem from(std::string name, const Result<std::string>& result) {
  return result ? ok(std::move(name), *result) : failed(std::move(name), result.error().detail);
}

std::string gibibytes(std::uint64_t bytes) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f GiB", static_cast<double>(bytes) / (1ULL << 30));
  return text.data();
}

CheckItem check_folder(const fs::path& root) {
  const std::string name = "data folder";
  // Opening makes it where it is missing: a node started next would do the same.
  const auto folder = DataDir::open(root);
  if (!folder) return failed(name, folder.error().detail);
  const fs::path probe = root / "freezenetd.check";
  if (auto written = write_durably(probe, std::string_view("ok\n"), 0600); !written)
    return failed(name, written.error().detail);
  std::error_code error;
  fs::remove(probe, error);
  const fs::space_info space = fs::space(root, error);
  if (error) return failed(name, "cannot ask for free space of " + root.string() + ": " + error.message());
  const std::string detail = root.string() + ", " + gibibytes(space.available) + " free";
  return space.available >= kMinFreeBytes
             ? ok(name, detail)
             : failed(name, detail + "; at least " + gibibytes(kMinFreeBytes) + " are needed");
}

CheckItem check_clock(std::uint64_t now, const Result<Network>& network) {
  const std::string seconds = std::to_string(now) + " (Unix seconds)";
  if (now < kEarliestClock)
    return failed("clock", seconds + " lies before this program was written; set the clock, or run an NTP service");
  if (now > kLatestClock)
    return failed("clock", seconds + " lies beyond this century; set the clock, or run an NTP service");
  if (network && now < network->params.genesis_time) {
    return failed("clock", seconds + " lies before the genesis of " + network->params.name + " (" +
                               std::to_string(network->params.genesis_time) + "); set the clock, or wait");
  }
  return ok("clock", seconds);
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

/// Binds as the node would, and lets go again.
CheckItem check_port(const std::string& name, const std::string& address, std::uint16_t port, std::string_view option) {
  const std::string where = address + " port " + std::to_string(port);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST;
  addrinfo* raw = nullptr;
  if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &raw) != 0) {
    return failed(name, where + ": '" + address + "' is not an IP address");
  }
  const std::unique_ptr<addrinfo, FreeAddresses> list(raw);
  const FileDescriptor socket(::socket(raw->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // As servers do: what a finished connection of a former run left is no obstacle.
  const int on = 1;
  if (socket) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!socket || ::bind(socket.get(), raw->ai_addr, raw->ai_addrlen) != 0 || ::listen(socket.get(), 1) != 0) {
    return failed(name, where + " cannot be used: " + std::generic_category().message(errno) +
                            "; end what holds it, or use another --" + std::string(option));
  }
  return ok(name, port == 0 ? address + ", any free port" : where + " is free");
}

}  // namespace

std::vector<CheckItem> run_preflight(const PreflightParts& parts) {
  const Options& options = parts.options;
  std::vector<CheckItem> items;
  const auto network = inspect_network(options.network, network_folders(), options.datadir);
  items.push_back(network ? ok("network", options.network) : failed("network", network.error().detail));
  items.push_back(check_folder(options.datadir));
  if (network) {
    items.push_back(check_port("port for peers", options.listen, options.port.value_or(network->p2p_port), "port"));
    items.push_back(
        check_port("port for RPC", options.rpc_bind, options.rpc_port.value_or(network->rpc_port), "rpc-port"));
  }
  items.push_back(check_clock(parts.clock.unix_seconds(), network));
  items.push_back(from("kernel path", parts.kernel_path()));
  items.push_back(from("self-test", parts.self_test()));
  return items;
}

bool all_ok(const std::vector<CheckItem>& items) {
  return std::all_of(items.begin(), items.end(), [](const CheckItem& item) { return item.ok; });
}

std::string preflight_report(const std::vector<CheckItem>& items) {
  std::size_t width = 0;
  for (const CheckItem& item : items) width = std::max(width, item.name.size());
  std::string out;
  for (const CheckItem& item : items) {
    out += (item.ok ? "ok    " : "FAIL  ") + item.name + std::string(width + 2 - item.name.size(), ' ') + item.detail +
           "\n";
  }
  const auto bad = std::count_if(items.begin(), items.end(), [](const CheckItem& item) { return !item.ok; });
  return out +
         (bad == 0 ? "A node can run here.\n" : std::to_string(bad) + (bad == 1 ? " check" : " checks") + " failed.\n");
}

}  // namespace freezenet::daemon
