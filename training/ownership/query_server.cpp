#include "training/ownership/query_server.h"

#include <cmath>

#include "training/query_pipe.h"

namespace freezenet::ownership {

namespace {

using training::QueryKind;
using training::QueryShape;

Result<Bytes> answer_to(Classifier& model, const QueryShape& shape, const training::QueryFrame& frame,
                        std::optional<unsigned> decimals) {
  if (frame.kind != QueryKind::kRequest) {
    return reject(RejectCode::kUnexpectedMessage, "a client sends requests and nothing else");
  }
  auto request = training::decode_request(shape, frame.payload);
  if (!request) return tl::unexpected<Reject>(request.error());
  const torch::Tensor images = torch::from_blob(
      request->values.data(), {request->images, shape.channels, shape.height, shape.width}, torch::kFloat32);
  torch::Tensor scores = scores_of(model, images);
  if (decimals) {
    const double scale = std::pow(10.0, *decimals);
    scores = (scores.to(torch::kFloat64) * scale).round() / scale;
  }
  scores = scores.to(torch::kFloat32).contiguous();
  return training::encode_answer(request->images, {scores.data_ptr<float>(), static_cast<std::size_t>(scores.numel())});
}

}  // namespace

Result<> serve_queries(Classifier& model, int in_fd, int out_fd, std::optional<unsigned> decimals) {
  if (decimals && *decimals > kMaxScoreDecimals) {
    return reject(RejectCode::kConfig,
                  "scores are rounded to at most " + std::to_string(kMaxScoreDecimals) + " decimals");
  }
  const Shape& own = model.shape();
  const auto u32 = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  const QueryShape shape{u32(own.channels), u32(own.height), u32(own.width), u32(own.classes)};
  const Bytes hello = training::encode_hello(shape);
  if (auto fits = training::decode_hello(ByteView(hello).subspan(training::QueryHeader::kSize)); !fits) {
    return reject(RejectCode::kConfig, fits.error().detail);
  }
  const training::QueryPipe pipe(in_fd, out_fd);
  if (auto sent = pipe.send(hello); !sent) return sent;
  for (;;) {
    const auto frame = pipe.receive();
    if (frame && !*frame) return {};
    const auto answer = frame ? answer_to(model, shape, **frame, decimals) : tl::unexpected<Reject>(frame.error());
    if (!answer) {
      // The client may be gone; why the service ends is what counts.
      static_cast<void>(pipe.send(training::encode_error(answer.error().message())));
      return tl::unexpected<Reject>(answer.error());
    }
    if (auto sent = pipe.send(*answer); !sent) return sent;
  }
}

}  // namespace freezenet::ownership
