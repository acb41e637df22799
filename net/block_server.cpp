#include "net/block_server.h"

#include <unordered_set>

namespace freezenet::net {

BlockServer::BlockServer(PeerLink& link, ChainPort& chain, const Limits& limits, const asio::any_io_executor& strand)
    : link_(link),
      chain_(chain),
      limits_(limits),
      signal_(strand),
      bucket_(limits.requests_per_second, limits.request_burst, Clock::now()) {}

Result<> BlockServer::push(Request request) {
  if (pending_.size() >= limits_.max_pending_requests) {
    return reject(RejectCode::kUnexpectedMessage,
                  "more than " + std::to_string(limits_.max_pending_requests) + " requests at once");
  }
  pending_.push_back(std::move(request));
  signal_.notify();
  return {};
}

Awaitable<> BlockServer::run() {
  while (!stopped_) {
    if (pending_.empty()) {
      co_await signal_.wait();
      continue;
    }
    if (!bucket_.take(Clock::now())) {
      co_await signal_.wait_until(bucket_.next(Clock::now()));
      continue;
    }
    co_await link_.wait_for_room();
    if (stopped_) co_return;
    Request request = std::move(pending_.front());
    pending_.pop_front();
    if (auto* headers = std::get_if<GetHeaders>(&request)) {
      co_await serve(std::move(*headers));
    } else if (auto* body = std::get_if<GetBody>(&request)) {
      co_await serve(*body);
    } else if (auto* chunk = std::get_if<GetChunk>(&request)) {
      co_await serve(*chunk);
    } else if (auto* model = std::get_if<GetModelChunk>(&request)) {
      co_await serve(*model);
    } else {
      co_await serve(std::get<GetTransactions>(std::move(request)));
    }
  }
}

void BlockServer::stop() {
  stopped_ = true;
  signal_.notify();
}

Awaitable<> BlockServer::serve(GetHeaders request) {
  Headers answer;
  answer.headers = co_await chain_.headers_after(std::move(request.locator), kMaxHeaders);
  link_.send(answer);
}

Awaitable<> BlockServer::serve(GetBody request) {
  Result<Bytes> body = co_await chain_.body(request.block);
  if (body && body->size() <= Body::kMaxSize) {
    link_.send(BodyData{request.block, std::move(*body)});
  } else {
    link_.send(NotFound{MessageType::kGetBody, request.block, 0});
  }
}

Awaitable<> BlockServer::serve(GetTransactions request) {
  Transactions answer;
  answer.transactions = co_await chain_.transactions(request.ids);
  std::unordered_set<Hash256> missing(request.ids.begin(), request.ids.end());
  for (const Transaction& transaction : answer.transactions) missing.erase(transaction.id());
  answer.missing.assign(missing.begin(), missing.end());
  link_.send(answer);
}

Awaitable<> BlockServer::serve(GetChunk request) {
  Result<ModelChunk> chunk = co_await chain_.chunk(request.block, request.index);
  send(MessageType::kGetChunk, request.block, request.index, std::move(chunk));
}

Awaitable<> BlockServer::serve(GetModelChunk request) {
  Result<ModelChunk> chunk = co_await chain_.model_chunk(request.root, request.index);
  send(MessageType::kGetModelChunk, request.root, request.index, std::move(chunk));
}

void BlockServer::send(MessageType request, const Hash256& key, std::uint64_t index, Result<ModelChunk> chunk) {
  if (chunk && chunk->data.size() <= kChunkSize && chunk->proof.siblings.size() <= kMaxProof) {
    link_.send(Chunk{key, index, std::move(chunk->data), std::move(chunk->proof)});
  } else {
    link_.send(NotFound{request, key, index});
  }
}

}  // namespace freezenet::net
