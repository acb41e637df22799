#include "daemon/block_generator.h"

namespace freezenet::daemon {

Result<> BlockGenerator::generate(std::uint64_t count, const SecretKey& key, Done done) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return reject(RejectCode::kCancelled, "this node stops");
  if (busy_) return reject(RejectCode::kBusy, "blocks are being generated already; wait for that call's answer");
  busy_ = true;
  // The one before has said that it is done: what is joined here only returns.
  thread_ = std::jthread(
      [this, request = Request{count, key, std::move(done)}](const std::stop_token& stop) { run(stop, request); });
  return {};
}

void BlockGenerator::run(const std::stop_token& stop, Request request) {
  auto blocks = mine(stop, request);
  {
    const std::lock_guard lock(mutex_);
    busy_ = false;
  }
  request.done(std::move(blocks));
}

Result<std::vector<Hash256>> BlockGenerator::mine(const std::stop_token& stop, const Request& request) {
  std::vector<Hash256> blocks;
  while (blocks.size() < request.count) {
    std::stop_source segment;
    {
      const std::lock_guard lock(mutex_);
      segment_ = segment;
    }
    if (stop.stop_requested()) return reject(RejectCode::kCancelled, "this node stops");
    const auto attempt = maker_.attempt(request.key, ++nonce_, segment.get_token());
    if (!attempt) {
      const RejectCode why = attempt.error().code;
      if (why == RejectCode::kCancelled || why == RejectCode::kVoidSegment) continue;
      return tl::unexpected(attempt.error());
    }
    if (!attempt->block) continue;
    const auto active = maker_.submit(*attempt->block);
    if (!active && blame(active.error().code) == Blame::kOurselves) return tl::unexpected(active.error());
    if (active.value_or(false)) blocks.push_back(attempt->hash);
  }
  return blocks;
}

void BlockGenerator::on_new_tip() {
  const std::lock_guard lock(mutex_);
  segment_.request_stop();
}

void BlockGenerator::stop() {
  std::jthread last;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    last = std::move(thread_);
    last.request_stop();
    segment_.request_stop();
  }
}

}  // namespace freezenet::daemon
