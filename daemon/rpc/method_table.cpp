#include "daemon/rpc/method_table.h"

#include <stdexcept>

#include "consensus/base/nearest_name.h"

namespace freezenet::daemon {

void MethodTable::add(std::string_view name, RpcHandler handler) {
  const Signature* signature = find_signature(name);
  if (signature == nullptr) throw std::logic_error("no signature for the RPC method " + std::string(name));
  add({*signature, std::move(handler)});
}

void MethodTable::add(Method method) {
  std::string name(method.signature.name);
  if (!methods_.emplace(name, std::move(method)).second) throw std::logic_error("two RPC methods named " + name);
}

const Method* MethodTable::find(std::string_view name) const {
  const auto found = methods_.find(name);
  return found == methods_.end() ? nullptr : &found->second;
}

std::string MethodTable::unknown(std::string_view name) const {
  std::vector<std::string_view> names;
  for (const auto& [known, method] : methods_) names.push_back(known);
  return "no method " + std::string(name.substr(0, 40)) + did_you_mean(name, names);
}

}  // namespace freezenet::daemon
