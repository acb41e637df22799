#pragma once

#include <optional>

#include "consensus/base/result.h"
#include "training/ownership/classifier.h"

namespace freezenet::ownership {

inline constexpr unsigned kMaxScoreDecimals = 9;

/// Answers queries (training/query_protocol.h) until the client closes its end: the network's softmax scores and
/// nothing else of it, rounded to `decimals` where given. In this thread, with LibTorch's; memory is in proportion to
/// one request, of at most 64 MiB. kConfig: a network that cannot be asked, or more than kMaxScoreDecimals. Whatever
/// the client does wrong is told to it in an error frame and ends the service with that reject; kDisconnected where it
/// left before its answer.
Result<> serve_queries(Classifier& model, int in_fd, int out_fd, std::optional<unsigned> decimals = {});

}  // namespace freezenet::ownership
