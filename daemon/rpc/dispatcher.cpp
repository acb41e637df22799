#include "daemon/rpc/dispatcher.h"

#include <algorithm>
#include <exception>

#include "daemon/rpc/active_calls.h"
#include "daemon/workers.h"

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
std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

bool is_id(const json& value) { return value.is_null() || value.is_string() || value.is_number(); }

}  // namespace

std::size_t json_bytes(const json& value, std::size_t most) {
  constexpr std::size_t kScalar = 24;  // the longest number, or a short name
  std::size_t bytes = 2;
  if (value.is_string()) return std::min(most, bytes + value.get_ref<const std::string&>().size());
  if (!value.is_structured()) return kScalar;
  for (auto item = value.begin(); item != value.end() && bytes < most; ++item) {
    if (value.is_object()) bytes += item.key().size() + 4;
    bytes += json_bytes(*item, most - std::min(most, bytes)) + 1;
  }
  return std::min(most, bytes);
}

boost::asio::awaitable<Result<json>> Dispatcher::parse(std::string request) const {
  if (workers_ == nullptr || request.size() <= limits_.inline_bytes)
    co_return parse_bounded_json(request, limits_.json);
  auto work = [request = std::move(request), limits = limits_.json] { return parse_bounded_json(request, limits); };
  co_return co_await workers_->run(std::move(work));
}

boost::asio::awaitable<std::string> Dispatcher::text_of(json answer) const {
  if (workers_ == nullptr || json_bytes(answer, limits_.inline_bytes) < limits_.inline_bytes) co_return dump(answer);
  auto work = [answer = std::move(answer)] { return dump(answer); };
  co_return co_await workers_->run(std::move(work));
}

boost::asio::awaitable<std::optional<std::string>> Dispatcher::handle(std::string request) const {
  Result<json> parsed = co_await parse(std::move(request));
  if (!parsed) {
    const auto code =
        parsed.error().code == RejectCode::kTooLarge ? RpcErrorCode::kInvalidRequest : RpcErrorCode::kParse;
    co_return dump(response(error(code, parsed.error().detail), nullptr));
  }
  std::size_t room = limits_.answer_bytes;
  if (!parsed->is_array()) {
    std::optional<json> answer = co_await call(std::move(*parsed), room);
    if (!answer) co_return std::nullopt;
    co_return co_await text_of(std::move(*answer));
  }
  if (parsed->empty() || parsed->size() > limits_.batch) {
    const std::string what = parsed->empty() ? "an empty batch"
                                             : "a batch of " + std::to_string(parsed->size()) + " calls; at most " +
                                                   std::to_string(limits_.batch) + " are taken";
    co_return dump(response(error(RpcErrorCode::kInvalidRequest, what), nullptr));
  }
  json answers = json::array();
  for (json& single : *parsed) {
    std::optional<json> answer = co_await call(std::move(single), room);
    if (answer) answers.push_back(std::move(*answer));
  }
  if (answers.empty()) co_return std::nullopt;
  co_return co_await text_of(std::move(answers));
}

boost::asio::awaitable<std::optional<json>> Dispatcher::call(json request, std::size_t& room) const {
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
  const auto too_large = [&] {
    return refused({RejectCode::kTooLarge, "the answer has over " + std::to_string(limits_.answer_bytes) +
                                               " bytes, with those before it in the batch; ask for less at a time"});
  };
  // What nobody has room for is not worked for.
  json result;
  if (room == 0)
    result = too_large();
  else
    result = co_await outcome(std::move(request));
  if (notification) co_return std::nullopt;
  const std::size_t bytes = json_bytes(result, room + 1);
  if (bytes > room) result = too_large();
  room -= std::min(room, bytes);
  co_return response(std::move(result), std::move(id));
}

boost::asio::awaitable<json> Dispatcher::outcome(json request) const {
  const std::string name = request["method"].get<std::string>();
  const Method* method = methods_.find(name);
  if (method == nullptr) co_return error(RpcErrorCode::kMethodNotFound, methods_.unknown(name));
  auto arguments =
      Arguments::bind(method->signature, request.contains("params") ? std::move(request["params"]) : json());
  if (!arguments) co_return error(RpcErrorCode::kInvalidParams, arguments.error());
  std::optional<ActiveCalls::Entry> active;
  if (calls_ != nullptr) active.emplace(*calls_, name);
  try {
    Result<json> result = co_await method->handler(std::move(*arguments));
    if (!result) co_return refused(result.error());
    co_return json{{"result", std::move(*result)}};
  } catch (const std::exception& unexpected) {
    co_return error(RpcErrorCode::kInternal, std::string("internal error in ") + name + ": " + unexpected.what());
  }
}

}  // namespace freezenet::daemon
