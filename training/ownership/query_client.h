#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "training/child_process.h"
#include "training/ownership/scheme.h"
#include "training/query_pipe.h"

namespace freezenet::ownership {

/// A black box in a process of its own: a program that answers queries (training/query_protocol.h) on its standard
/// input and output, as serve_queries() does. Starts the program, owns it and ends it. For one thread at a time. What
/// it answers is not trusted: shape, counts and numbers are bounded and checked. Memory: a request and its answer, of
/// at most 64 MiB each.
class QueryClient {
 public:
  /// Starts `command`, a program and its arguments, and waits for its hello. `timeout` is what each answer may take;
  /// `go_on` as QueryPipe has it.
  /// kConfig: it cannot be started; else what scores() rejects with.
  static Result<std::unique_ptr<QueryClient>> start(const std::vector<std::string>& command,
                                                    std::chrono::milliseconds timeout = std::chrono::minutes(1),
                                                    std::function<bool()> go_on = {});

  [[nodiscard]] const Shape& shape() const { return shape_; }
  /// The program's scores {n, classes} of images {n, channels, height, width}, in as many requests as the protocol's
  /// bound asks for. kConfig: images of another shape. kDisconnected: it ended, with its exit status or signal, or it
  /// refuses, with its own words; kTimeout; kCancelled; rejects of the decoders. After any of these but kConfig the
  /// program is ended, and every further call gets the same reject.
  Result<torch::Tensor> scores(const torch::Tensor& images);
  /// As a suspect, which this must outlive.
  [[nodiscard]] Suspect suspect();

 private:
  QueryClient(std::unique_ptr<training::ChildProcess> child, std::chrono::milliseconds timeout,
              std::function<bool()> go_on);
  /// A frame of this kind; everything else is an error.
  Result<Bytes> expect(training::QueryKind kind);
  Result<torch::Tensor> ask(const torch::Tensor& images);
  /// Ends the program and remembers why.
  tl::unexpected<Reject> fail(Reject why);

  std::unique_ptr<training::ChildProcess> child_;
  training::QueryPipe pipe_;
  training::QueryShape wire_shape_;
  Shape shape_;
  std::optional<Reject> failure_;
};

}  // namespace freezenet::ownership
