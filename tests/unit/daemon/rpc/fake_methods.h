#pragma once

#include <stdexcept>

#include "daemon/rpc/method_table.h"

namespace freezenet::daemon {

/// Methods that do what a test wants to see.
inline MethodTable fake_methods() {
  using nlohmann::json;
  using Answer = boost::asio::awaitable<Result<json>>;
  const auto signature = [](std::string_view name, std::vector<Argument> arguments = {}) {
    return Signature{name, "test", "", std::move(arguments), "", ""};
  };
  MethodTable table;
  table.add({signature("echo", {{"text", ArgumentType::kText, true, ""}}),
             [](Arguments a) -> Answer { co_return json(a.text("text")); }});
  table.add({signature("add", {{"a", ArgumentType::kInteger, true, ""}, {"b", ArgumentType::kInteger, true, ""}}),
             [](Arguments a) -> Answer { co_return json(a.integer("a") + a.integer("b")); }});
  table.add(
      {signature("refuse"), [](Arguments) -> Answer { co_return reject(RejectCode::kNotFound, "no such thing"); }});
  table.add({signature("throw"), [](Arguments) -> Answer {
               throw std::runtime_error("a bug");
               co_return json();
             }});
  return table;
}

}  // namespace freezenet::daemon
