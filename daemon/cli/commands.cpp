#include "daemon/cli/commands.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <ostream>
#include <thread>

#include "daemon/cli/convert.h"
#include "daemon/cli/status_screen.h"
#include "daemon/durable_file.h"
#include "daemon/rpc/base64.h"
#include "daemon/rpc/rpc_auth.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

struct Call {
  const RpcClient& client;
  const std::string& who;
  const Terminal& terminal;
};

ExitCode fail(const Terminal& terminal, ExitCode code, const std::string& message) {
  terminal.err << "freezenet-cli: " << message << "\n";
  return code;
}

ExitCode fail(const Call& call, const CallError& error) {
  if (error.kind != CallError::Kind::kNoNode) return fail(call.terminal, ExitCode::kNo, error.message);
  return fail(call.terminal, ExitCode::kNoNode,
              "no node answers at " + call.client.address() + " (" + error.message + "): is freezenetd running for " +
                  call.who + "?");
}

void print(const json& value, std::ostream& out) {
  if (value.is_string())
    out << value.get_ref<const std::string&>() << "\n";
  else
    out << value.dump(2, ' ', true, json::error_handler_t::replace) << "\n";
}

/// Takes `flag` out of the words; whether it stood there.
bool take_flag(Words& words, const std::string& flag) { return std::erase(words, flag) != 0; }

/// Takes `name VALUE` or `name=VALUE` out of the words. Empty text: the name stands there without a value.
std::optional<std::string> take_option(Words& words, const std::string& name) {
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (word->starts_with(name + "=")) {
      std::string value = word->substr(name.size() + 1);
      words.erase(word);
      return value;
    }
    if (*word != name) continue;
    const auto value = std::next(word);
    std::string taken = value == words.end() ? std::string() : *value;
    words.erase(word, value == words.end() ? value : std::next(value));
    return taken;
  }
  return std::nullopt;
}

/// As every argument it may be named.
std::string_view value_of(std::string_view name, std::string_view word) {
  const bool named = word.starts_with(name) && word.substr(name.size()).starts_with('=');
  return named ? word.substr(name.size() + 1) : word;
}

ExitCode plain(const Call& call, const std::string& method, const Words& words) {
  const Signature* signature = find_signature(method);
  const auto asked = signature != nullptr ? with_passphrases(*signature, words, call.terminal.passphrase)
                                          : tl::expected<Words, std::string>(words);
  if (!asked) return fail(call.terminal, ExitCode::kUsage, asked.error());
  tl::expected<json, std::string> params =
      signature != nullptr ? params_from_words(*signature, *asked) : params_from_words(*asked);
  if (!params) return fail(call.terminal, ExitCode::kUsage, params.error());
  const auto result = call.client.call(method, std::move(*params));
  if (!result) return fail(call, result.error());
  print(*result, call.terminal.out);
  return ExitCode::kDone;
}

ExitCode get_model(const Call& call, Words words) {
  const bool sealed = take_flag(words, "--sealed"), canonical = take_flag(words, "--canonical");
  const std::optional<std::string> out = take_option(words, "--out");
  if (sealed && canonical)
    return fail(call.terminal, ExitCode::kUsage, "--sealed and --canonical are two models: ask for one of them");
  if (out && out->empty()) return fail(call.terminal, ExitCode::kUsage, "--out needs the name of a file");
  if (sealed) words.push_back("sealed");
  if (canonical) words.push_back("canonical");
  const auto params = params_from_words(*find_signature("getmodel"), words);
  if (!params) return fail(call.terminal, ExitCode::kUsage, params.error());
  auto model = call.client.call("getmodel", *params);
  if (!model) return fail(call, model.error());

  const auto text = [&](const char* key) { return model->is_object() ? model->value(key, json()) : json(); };
  const json data = text("data"), name = text("filename");
  const std::optional<Bytes> file = data.is_string() ? from_base64(data.get_ref<const std::string&>()) : std::nullopt;
  if (!file || !name.is_string()) return fail(call.terminal, ExitCode::kNo, "the node's answer holds no model");
  // The node's name for the file is a name only: it chooses no folder here.
  const std::filesystem::path path =
      out ? std::filesystem::path(*out) : std::filesystem::path(name.get<std::string>()).filename();
  if (auto written = write_durably(path, ByteView(*file), 0644); !written)
    return fail(call.terminal, ExitCode::kNo, written.error().detail);
  model->erase("data");
  model->erase("filename");
  (*model)["file"] = path.string();
  print(*model, call.terminal.out);
  return ExitCode::kDone;
}

ExitCode verify_model(const Call& call, const Words& words) {
  constexpr std::uint64_t kMostBytes = 512ULL << 20;
  if (words.size() != 1) return fail(call.terminal, ExitCode::kUsage, "usage: verifymodel FILE");
  const std::string name(value_of("data", words.front()));
  const Result<Bytes> file = read_file(name, kMostBytes);
  if (!file)
    return fail(call.terminal, ExitCode::kNo,
                file.error().detail.empty() ? "cannot read " + name : file.error().detail);
  const auto verdict = call.client.call("verifymodel", json{{"data", to_base64(*file)}});
  if (!verdict) return fail(call, verdict.error());
  print(*verdict, call.terminal.out);
  return verdict->is_object() && verdict->value("valid", json()) == true ? ExitCode::kDone : ExitCode::kNo;
}

ExitCode status(const Call& call, Words words) {
  constexpr std::chrono::seconds kRefresh{2};
  const bool watch = take_flag(words, "--watch"), as_json = take_flag(words, "--json");
  if (!words.empty()) return fail(call.terminal, ExitCode::kUsage, "status takes --watch and --json only");
  for (;;) {
    const auto report = call.client.call("status", json::array());
    if (!watch && !report) return fail(call, report.error());
    // Home, then clear what is left of the last screen once the new one stands: no flicker.
    if (watch && call.terminal.colour) call.terminal.out << "\x1b[H\x1b[2J";
    if (!report)
      fail(call, report.error());
    else if (as_json)
      print(*report, call.terminal.out);
    else
      call.terminal.out << status_screen(*report, call.terminal.colour);
    if (!watch) return ExitCode::kDone;
    call.terminal.out << (call.terminal.colour ? "" : "\n") << std::flush;
    if (!call.terminal.out) return ExitCode::kDone;  // whoever read it has gone
    std::this_thread::sleep_for(kRefresh);
  }
}

}  // namespace

ExitCode run_command(const RpcClient& client, const std::string& who, const std::string& method,
                     std::span<const std::string> words, const Terminal& terminal) {
  const Call call{client, who, terminal};
  const Words list(words.begin(), words.end());
  if (method == "getmodel") return get_model(call, list);
  if (method == "verifymodel") return verify_model(call, list);
  if (method == "status") return status(call, list);
  return plain(call, method, list);
}

ExitCode run_help(std::span<const std::string> words, const Terminal& terminal) {
  if (words.empty()) {
    print(methods_help(), terminal.out);
    return ExitCode::kDone;
  }
  const std::string_view method = value_of("method", words.front());
  const Signature* signature = find_signature(method);
  if (signature == nullptr) return fail(terminal, ExitCode::kUsage, unknown_method(method));
  print(method_help(*signature), terminal.out);
  return ExitCode::kDone;
}

ExitCode run_rpcauth(std::span<const std::string> words, const Terminal& terminal) {
  if (words.empty() || words.size() > 2) return fail(terminal, ExitCode::kUsage, "usage: rpcauth USER [PASSWORD-FILE]");
  const Result<NewRpcUser> made = new_rpc_user(words.front());
  if (!made)
    return fail(terminal, made.error().code == RejectCode::kConfig ? ExitCode::kUsage : ExitCode::kNo,
                made.error().detail);
  if (words.size() == 2) {
    if (auto written = write_durably(words.back(), made->password + "\n", 0600); !written)
      return fail(terminal, ExitCode::kNo, written.error().detail);
  }
  terminal.out << "For the node's freezenetd.json:\n  \"rpc-auth\": [\"" << rpc_user_line(made->user) << "\"]\n"
               << (words.size() == 2 ? "The password is in " + words.back() : "Password: " + made->password) << "\n";
  return ExitCode::kDone;
}

std::string commands_help() {
  return "\n" + methods_help() +
         "\n\nWhat this program does itself\n"
         "  getmodel BLOCK [--sealed|--canonical] [--out FILE]    writes the model to a file\n"
         "  verifymodel FILE                                      sends the file\n"
         "  status [--watch] [--json]                             a screen; again every 2 s\n"
         "  rpcauth USER [PASSWORD-FILE]                          makes a user for the node's\n"
         "                                                        rpc-auth, and a password\n"
         "  supportbundle FOLDER                                  what others need to find a\n"
         "                                                        fault, without secrets\n"
         "  walletpassphrase SECONDS, encryptwallet, ...          asks for what is left out,\n"
         "                                                        or is - : a passphrase\n"
         "\nArguments stand in the method's order, or all as name=value.\n"
         "Exit code: 0 done; 1 the node refused, or the model file proves no block;\n"
         "2 wrong command line; 3 no node answers.\n";
}

}  // namespace freezenet::daemon
