#pragma once

#include <chrono>
#include <optional>

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
  /// `timeout` is what one send() or receive() may take; none waits for ever.
  QueryPipe(int in, int out, std::optional<std::chrono::milliseconds> timeout = {})
      : in_(in), out_(out), timeout_(timeout) {}

  /// kTimeout; kDisconnected where nobody reads any more, which raises no SIGPIPE; kStorage for what else the system
  /// says.
  [[nodiscard]] Result<> send(ByteView frame) const;
  /// The next frame, nothing where the other side closed before it. Rejects of decode_query_header(); kTruncated where
  /// it closes within a frame; kTimeout; kStorage.
  [[nodiscard]] Result<std::optional<QueryFrame>> receive() const;

 private:
  int in_, out_;
  std::optional<std::chrono::milliseconds> timeout_;
};

}  // namespace freezenet::training
