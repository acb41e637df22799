#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "daemon/rpc/dispatcher.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {
namespace {

using daemon::ArgumentType;
using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

json value_of(const daemon::Arguments& arguments, const daemon::Argument& argument) {
  switch (argument.type) {
    case ArgumentType::kInteger: return arguments.integer(argument.name);
    case ArgumentType::kBoolean: return arguments.boolean(argument.name);
    case ArgumentType::kBlock: return arguments.block(argument.name).index();
    case ArgumentType::kText:
    case ArgumentType::kHash:
    case ArgumentType::kBase64:
    case ArgumentType::kPassphrase:
    case ArgumentType::kFile: break;
  }
  return arguments.text(argument.name);
}

/// Every method of a node, each of which reads all of its arguments, as their types say, and returns them.
daemon::MethodTable echoes() {
  daemon::MethodTable table;
  for (const daemon::Signature& signature : daemon::signatures()) {
    table.add({signature, [&signature](daemon::Arguments arguments) -> Answer {
                 json values = json::object();
                 for (const daemon::Argument& argument : signature.arguments) {
                   const bool there = arguments.has(argument.name);
                   require(there || !argument.required, "what is required is there");
                   if (there) values[std::string(argument.name)] = value_of(arguments, argument);
                 }
                 co_return values;
               }});
  }
  return table;
}

void check_response(const json& response) {
  require(response.is_object() && response.value("jsonrpc", "") == "2.0" && response.contains("id"), "JSON-RPC 2.0");
  require(response.contains("result") != response.contains("error"), "a result or an error");
  if (!response.contains("error")) return;
  const int code = response["error"].value("code", 0);
  // -32603 would be an exception in a method, whose arguments were checked.
  require(code == -32700 || code == -32600 || code == -32601 || code == -32602, "an error of the caller's");
  const std::string message = response["error"].value("message", "");
  require(!message.empty() && message.size() < 1000, "a short sentence says why");
}

}  // namespace

/// The body of an authorised request, through the dispatcher.
void rpc_request(ByteView input) {
  static const daemon::Dispatcher dispatcher(echoes(), {});
  boost::asio::io_context io{1};
  std::optional<std::string> answer;
  const auto done = [&](const std::exception_ptr& thrown, std::optional<std::string> text) {
    require(!thrown, "no exception leaves the dispatcher");
    answer = std::move(text);
  };
  boost::asio::co_spawn(io, dispatcher.handle(std::string(as_text(input))), done);
  io.run();
  if (!answer) return;
  const json response = json::parse(*answer, nullptr, false);
  if (!response.is_array()) return check_response(response);
  require(!response.empty() && response.size() <= 100, "a batch is bounded");
  for (const json& one : response) check_response(one);
}

}  // namespace freezenet::fuzz
