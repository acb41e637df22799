#include "daemon/rpc/dispatcher.h"

#include <exception>

namespace freezenet::daemon {
namespace {

using nlohmann::json;

json error(RpcErrorCode code, std::string message, json data = nullptr) {
  json body = {{"code", static_cast<int>(code)}, {"message", std::move(message)}};
  if (!data.is_null()) body["data"] = std::move(data);
  return {{"error", std::move(body)}};
}

json refused(const Reject& why) {
  return error(RpcErrorCode::kRefused, why.detail.empty() ? why.message() : why.detail, {{"reject", name(why.code)}});
}

json response(json outcome, json id) {
  outcome["jsonrpc"] = "2.0";
  outcome["id"] = std::move(id);
  return outcome;
}

/// A string of a stranger's bytes must not stop the answer that quotes it.
std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

bool is_id(const json& value) { return value.is_null() || value.is_string() || value.is_number(); }

}  // namespace

boost::asio::awaitable<std::optional<std::string>> Dispatcher::handle(std::string request) const {
  Result<json> parsed = parse_bounded_json(request, limits_.json);
  request = std::string();  // a large body need not lie beside what was made of it
  if (!parsed) {
    const auto code =
        parsed.error().code == RejectCode::kTooLarge ? RpcErrorCode::kInvalidRequest : RpcErrorCode::kParse;
    co_return text_of(response(error(code, parsed.error().detail), nullptr));
  }
  if (!parsed->is_array()) {
    const std::optional<json> answer = co_await call(std::move(*parsed));
    if (!answer) co_return std::nullopt;
    co_return text_of(*answer);
  }
  if (parsed->empty() || parsed->size() > limits_.batch) {
    const std::string what = parsed->empty() ? "an empty batch"
                                             : "a batch of " + std::to_string(parsed->size()) + " calls; at most " +
                                                   std::to_string(limits_.batch) + " are taken";
    co_return text_of(response(error(RpcErrorCode::kInvalidRequest, what), nullptr));
  }
  json answers = json::array();
  for (json& single : *parsed) {
    std::optional<json> answer = co_await call(std::move(single));
    if (answer) answers.push_back(std::move(*answer));
  }
  if (answers.empty()) co_return std::nullopt;
  co_return text_of(answers);
}

boost::asio::awaitable<std::optional<json>> Dispatcher::call(json request) const {
  const bool well_formed = request.is_object() && request.value("jsonrpc", json()) == "2.0" &&
                           request.contains("method") && request["method"].is_string() &&
                           (!request.contains("id") || is_id(request["id"]));
  if (!well_formed) {
    co_return response(error(RpcErrorCode::kInvalidRequest,
                             "not a JSON-RPC 2.0 call: it needs jsonrpc \"2.0\", a method and, for an answer, an id"),
                       nullptr);
  }
  const bool notification = !request.contains("id");
  json id = notification ? json() : std::move(request["id"]);
  json result = co_await outcome(std::move(request));
  if (notification) co_return std::nullopt;
  co_return response(std::move(result), std::move(id));
}

boost::asio::awaitable<json> Dispatcher::outcome(json request) const {
  const std::string name = request["method"].get<std::string>();
  const Method* method = methods_.find(name);
  if (method == nullptr) co_return error(RpcErrorCode::kMethodNotFound, methods_.unknown(name));
  auto arguments =
      Arguments::bind(method->signature, request.contains("params") ? std::move(request["params"]) : json());
  if (!arguments) co_return error(RpcErrorCode::kInvalidParams, arguments.error());
  try {
    Result<json> result = co_await method->handler(std::move(*arguments));
    if (!result) co_return refused(result.error());
    co_return json{{"result", std::move(*result)}};
  } catch (const std::exception& unexpected) {
    co_return error(RpcErrorCode::kInternal, std::string("internal error in ") + name + ": " + unexpected.what());
  }
}

}  // namespace freezenet::daemon
