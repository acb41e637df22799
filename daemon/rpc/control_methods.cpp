#include "daemon/rpc/methods.h"
#include "daemon/rpc/process_reports.h"
#include "daemon/rpc/reports.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

std::uint64_t uptime(const RpcParts& parts) {
  const std::uint64_t now = parts.clock.unix_seconds();
  return now > parts.started_at ? now - parts.started_at : 0;  // the wall clock may have been set back
}

}  // namespace

void add_control_methods(MethodTable& table, RpcParts& parts) {
  table.add("status", [&parts](Arguments) -> Answer {
    const auto view = parts.snapshot.latest();
    json report = {{"chain", view->chain}, {"blocks", view->blocks}};
    json mining = mining_report(parts.mining_info(), parts.replay_stats());
    report["replay"] = mining["replay"];
    mining.erase("replay");
    report["mining"] = std::move(mining);
    report["version"] = parts.version;
    report["network"] = report["chain"]["network"];
    report["now"] = parts.clock.unix_seconds();
    report["uptime"] = uptime(parts);
    report["peers"] = peers_report(parts);
    report["dials"] = dial_report(parts);
    report["last_reject"] = reject_report(parts.last_reject());
    co_return report;
  });

  table.add("uptime", [&parts](Arguments) -> Answer { co_return json(uptime(parts)); });

  table.add("getrpcinfo", [&parts](Arguments) -> Answer { co_return rpc_report(parts.tools); });

  table.add("getmemoryinfo", [&parts](Arguments) -> Answer {
    json report = co_await parts.chain.query(chain_memory_report);
    co_return memory_report(std::move(report), parts.tools);
  });

  table.add("logging", [&parts](Arguments arguments) -> Answer {
    if (arguments.has("levels")) {
      const Result<> set = parts.logging.set_levels(arguments.text("levels"));
      if (!set) co_return tl::unexpected(set.error());
      parts.tools.door.tell("log levels changed: " + arguments.text("levels"));
    }
    co_return json(parts.logging.levels());
  });

  table.add("help", [](Arguments arguments) -> Answer {
    if (!arguments.has("method")) co_return json(methods_help());
    const Signature* signature = find_signature(arguments.text("method"));
    if (signature == nullptr) co_return reject(RejectCode::kNotFound, unknown_method(arguments.text("method")));
    co_return json(method_help(*signature));
  });

  // Only asks: the node stops its parts in order, RPC among the first, once this answer is on its way.
  table.add("stop", [&parts](Arguments) -> Answer {
    parts.request_stop();
    co_return json("freezenetd is stopping");
  });
}

MethodTable node_methods(RpcParts& parts) {
  MethodTable table;
  add_chain_methods(table, parts);
  add_verify_methods(table, parts);
  add_transaction_methods(table, parts);
  add_mining_methods(table, parts);
  add_work_methods(table, parts);
  add_network_methods(table, parts);
  add_model_methods(table, parts);
  add_wallet_methods(table, parts);
  add_control_methods(table, parts);
  return table;
}

}  // namespace freezenet::daemon
