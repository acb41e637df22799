#include "daemon/cli/rpc_response.h"

#include "daemon/cli/text.h"
#include "daemon/strict_json.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Kind = CallError::Kind;

constexpr int kMaxDepth = 32;
constexpr unsigned kOk = 200, kUnauthorized = 401;

tl::unexpected<CallError> failed(Kind kind, std::string message) {
  return tl::unexpected(CallError{kind, std::move(message)});
}

tl::unexpected<CallError> refused(const json& error) {
  CallError refusal{Kind::kRefused, error["message"].get<std::string>()};
  const auto data = error.find("data");
  if (data != error.end() && data->is_object() && data->contains("reject") && (*data)["reject"].is_string()) {
    refusal.reject = fitted((*data)["reject"].get<std::string>(), 40);
  }
  return tl::unexpected(std::move(refusal));
}

}  // namespace

tl::expected<json, CallError> read_response(unsigned status, std::string_view body, const std::string& address) {
  if (status == kUnauthorized) {
    return failed(Kind::kRefused,
                  "the node at " + address + " refuses the cookie of this data folder: is it another node's?");
  }
  if (status != kOk) {
    std::string_view text = body.substr(0, 200);
    while (text.ends_with('\n')) text.remove_suffix(1);
    return failed(Kind::kRefused, "the node at " + address + " answers HTTP " + std::to_string(status) +
                                      (text.empty() ? "" : ": " + fitted(text, text.size())));
  }
  auto answer = parse_strict_json(body, kMaxDepth);
  if (answer && answer->is_object()) {
    if (const auto result = answer->find("result"); result != answer->end()) return std::move(*result);
    const auto error = answer->find("error");
    if (error != answer->end() && error->is_object() && error->contains("message") && (*error)["message"].is_string())
      return refused(*error);
  }
  return failed(Kind::kBroken, "what answers at " + address + " is no FreezeNet node");
}

}  // namespace freezenet::daemon
