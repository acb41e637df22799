#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "training/query_protocol.h"

namespace freezenet::training {

struct QueryFrame {
  QueryKind kind = QueryKind::kHello;
  Bytes payload;
};

/// Frames of the query protocol over two file descriptors, which it does not own; they may block or not. For one
/// thread. Memory: one payload.
class QueryPipe {
 public:
  /// `timeout` is what one send() or receive() may take; none waits for ever. `go_on` is asked several times a second
  /// while one waits: false ends it with kCancelled.
  QueryPipe(int in, int out, std::optional<std::chrono::milliseconds> timeout = {}, std::function<bool()> go_on = {})
      : in_(in), out_(out), timeout_(timeout), go_on_(std::move(go_on)) {}

  /// kTimeout; kCancelled; kDisconnected where nobody reads any more, which raises no SIGPIPE; kStorage for what else
  /// the system says.
  [[nodiscard]] Result<> send(ByteView frame) const;
  /// The next frame, nothing where the other side closed before it. Rejects of decode_query_header(); kTruncated where
  /// it closes within a frame; kTimeout; kCancelled; kStorage.
  [[nodiscard]] Result<std::optional<QueryFrame>> receive() const;

 private:
  int in_, out_;
  std::optional<std::chrono::milliseconds> timeout_;
  std::function<bool()> go_on_;
};

}  // namespace freezenet::training
