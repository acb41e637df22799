#include "daemon/cli/support_bundle.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <ostream>

#include <CLI/Version.hpp>
#include <boost/version.hpp>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "daemon/cli/redact.h"
#include "daemon/data_dir.h"
#include "daemon/version.h"

namespace freezenet::daemon {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLogBytes = 1 << 20;
constexpr std::uint64_t kMostSecretBytes = 64 << 10;

/// The first line of a file of /proc that begins so.
std::string proc_line(const char* file, std::string_view begin) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(begin)) return line;
  }
  return std::string(begin) + ": unknown";
}

std::string machine_text() {
  utsname system{};
  (void)::uname(&system);
  return std::string("freezenet-cli ") + kVersion + ", built by " + __VERSION__ + "\n" +
         OpenSSL_version(OPENSSL_VERSION) + "\nBoost " + BOOST_LIB_VERSION + "\nCLI11 " + CLI11_VERSION +
         "\nnlohmann_json " + std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "." +
         std::to_string(NLOHMANN_JSON_VERSION_MINOR) + "." + std::to_string(NLOHMANN_JSON_VERSION_PATCH) + "\n\n" +
         system.sysname + " " + system.release + " " + system.version + " " + system.machine + "\n" +
         proc_line("/proc/cpuinfo", "model name") + "\n" + proc_line("/proc/cpuinfo", "flags") + "\n" +
         proc_line("/proc/meminfo", "MemTotal") + "\n" + proc_line("/proc/meminfo", "MemAvailable") + "\n";
}

/// Names and sizes of what lies in the data folder, without looking into any of it.
std::string folder_text(const fs::path& datadir) {
  std::error_code error;
  const fs::space_info space = fs::space(datadir, error);
  std::string text = datadir.string() + "\n";
  text += error ? "free space unknown: " + error.message() + "\n"
                : std::to_string(space.available >> 20) + " of " + std::to_string(space.capacity >> 20) + " MiB free\n";
  std::vector<std::string> lines;
  for (const auto& entry : fs::directory_iterator(datadir, error)) {
    std::error_code ignored;
    const bool file = entry.is_regular_file(ignored);
    lines.push_back(entry.path().filename().string() +
                    (file ? "  " + std::to_string(entry.file_size(ignored)) + " bytes" : "/"));
  }
  std::ranges::sort(lines);
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// The last bytes of a file, from the beginning of a line.
std::string tail(const fs::path& file, std::size_t bytes) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) return {};
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(0, stream.tellg()));
  const std::size_t skip = size - std::min(size, bytes);
  stream.seekg(static_cast<std::streamoff>(skip));
  std::string text(size - skip, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return skip == 0 ? text : text.substr(std::min(text.find('\n') + 1, text.size()));
}

std::string log_text(const fs::path& file) {
  std::string text = tail(file, kLogBytes);
  // The file may just have turned over.
  const fs::path past = file.parent_path() / (file.stem().string() + ".1" + file.extension().string());
  if (text.size() < kLogBytes) text = tail(past, kLogBytes - text.size()) + text;
  return text;
}

/// How the node started, the self-test and everything that went wrong, as far as the log goes back.
std::string start_text(const std::string& log) {
  std::string text;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = std::min(log.find('\n', at), log.size());
    const std::string line = log.substr(at, end - at);
    at = end + 1;
    for (const char* mark : {"self-test", " node: ", " error ", " critical "}) {
      if (line.find(mark) == line.npos) continue;
      text += line + "\n";
      break;
    }
  }
  return text;
}

json ask(const tl::expected<RpcClient, std::string>& client) {
  if (!client) return {{"not_asked", client.error()}};
  json answers;
  for (const char* method : {"status", "getnetworkinfo", "getpeerinfo", "getmininginfo", "getchaintips", "gettasks",
                             "getmemoryinfo", "getrpcinfo", "logging"}) {
    auto answer = client->call(method, json::array());
    if (!answer && answer.error().kind == CallError::Kind::kNoNode) return {{"no_answer", answer.error().message}};
    answers[method] = answer ? std::move(*answer) : json{{"error", answer.error().message}};
  }
  return answers;
}

Redactor redactor_for(const Options& options, const DataPaths& paths) {
  Redactor redactor;
  const fs::path miner = options.miner_key.empty() ? paths.miner_key() : options.miner_key;
  for (const fs::path& file : {paths.cookie(), miner, paths.node_key(), options.rpc_password_file}) {
    if (file.empty()) continue;
    if (const auto text = read_text_file(file, kMostSecretBytes)) redactor.add_secrets_of(*text);
  }
  for (const std::string& line : options.rpc_auth) redactor.add_secrets_of(line.substr(line.find(':') + 1));
  return redactor;
}

struct Shown {
  const Options& options;
  std::string operator()(bool Options::*member) const { return options.*member ? "on" : "off"; }
  std::string operator()(std::uint32_t Options::*member) const { return std::to_string(options.*member); }
  template <typename T>
  std::string operator()(std::optional<T> Options::*member) const {
    return options.*member ? std::to_string(*(options.*member)) : "";
  }
  std::string operator()(std::string Options::*member) const { return options.*member; }
  std::string operator()(fs::path Options::*member) const { return (options.*member).string(); }
  std::string operator()(std::vector<std::string> Options::*member) const {
    std::string all;
    for (const std::string& one : options.*member) all += (all.empty() ? "" : ", ") + one;
    return all;
  }
};

}  // namespace

std::string options_text(const Options& options) {
  std::string text;
  for (const OptionSpec& spec : option_table()) {
    const std::string value = std::visit(Shown{options}, spec.member);
    text += std::string(spec.name) + " = " + (spec.secret && !value.empty() ? "(redacted)" : value) + "\n";
  }
  return text;
}

ExitCode make_support_bundle(const Options& options, const tl::expected<RpcClient, std::string>& client,
                             const fs::path& folder, const Terminal& terminal) {
  const auto fail = [&](const std::string& why) {
    terminal.err << "freezenet-cli: " << why << "\n";
    return ExitCode::kNo;
  };
  if (::mkdir(folder.c_str(), 0700) != 0) return fail(storage_error("make the folder", folder, errno).detail);
  const DataPaths paths(options.datadir);
  const Redactor redactor = redactor_for(options, paths);
  const std::string log = log_text(options.log_file.empty() ? paths.log_file() : options.log_file);
  const auto genesis = read_text_file(paths.genesis(), 1 << 20);
  const std::array<std::pair<const char*, std::string>, 7> files{{
      {"machine.txt", machine_text()},
      {"options.txt", options_text(options)},
      {"network.json", genesis ? *genesis : "this data folder has no network yet\n"},
      {"folder.txt", folder_text(paths.root())},
      {"node.json", ask(client).dump(2, ' ', true, json::error_handler_t::replace) + "\n"},
      {"start.log", start_text(log)},
      {"node.log", log},
  }};
  for (const auto& [name, text] : files) {
    if (auto written = write_durably(folder / name, redactor.clean(text), 0600); !written)
      return fail(written.error().detail);
  }
  terminal.out
      << "Written to " << folder.string()
      << ". It holds no keys, passwords or wallet, but addresses of peers and names of folders: look through it "
         "before you send it.\n";
  return ExitCode::kDone;
}

}  // namespace freezenet::daemon
