#include "daemon/rpc/methods.h"
#include "daemon/rpc/reports.h"

namespace freezenet::daemon {

using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

namespace {

json whole_report(const RpcParts& parts) {
  json report = mining_report(parts.mining_info(), parts.replay_stats());
  report["workers"] = workers_report(parts.desk);
  return report;
}

}  // namespace

void add_mining_methods(MethodTable& table, RpcParts& parts) {
  table.add("getmininginfo", [&parts](Arguments) -> Answer { co_return whole_report(parts); });

  table.add("setmining", [&parts](Arguments arguments) -> Answer {
    const Result<> done = parts.set_mining(arguments.boolean("on"));
    if (!done) co_return tl::unexpected(done.error());
    co_return whole_report(parts);
  });
}

}  // namespace freezenet::daemon
