#include "daemon/rpc/methods.h"

namespace freezenet::daemon {

using nlohmann::json;
using Answer = boost::asio::awaitable<Result<json>>;

void add_verify_methods(MethodTable& table, RpcParts& parts) {
  table.add("verifychain", [&parts](Arguments arguments) -> Answer {
    const std::uint64_t level = arguments.has("level") ? arguments.integer("level") : 3;
    const std::uint64_t blocks = arguments.has("blocks") ? arguments.integer("blocks") : 288;
    if (level > 4)
      co_return reject(RejectCode::kConfig, "there is no level " + std::to_string(level) + ", only 0 to 4");
    if (parts.verification == nullptr) co_return reject(RejectCode::kNotFound, "this node cannot verify its chain");
    const auto report = co_await parts.verification->run(static_cast<unsigned>(level), blocks);
    if (!report) co_return tl::unexpected(report.error());
    co_return json{{"valid", report->reason.empty()},
                   {"reason", report->reason.empty() ? json() : json(report->reason)},
                   {"level", level},
                   {"blocks", report->blocks},
                   {"height", report->height}};
  });
}

}  // namespace freezenet::daemon
