#include "training/ownership/query_client.h"

namespace freezenet::ownership {

namespace {

constexpr std::int64_t kImagesAtOnce = 1000;  // a request whose answer is not long in coming

}  // namespace

QueryClient::QueryClient(std::unique_ptr<training::ChildProcess> child, std::chrono::milliseconds timeout,
                         std::function<bool()> go_on)
    : child_(std::move(child)), pipe_(child_->in(), child_->out(), timeout, std::move(go_on)) {}

Result<std::unique_ptr<QueryClient>> QueryClient::start(const std::vector<std::string>& command,
                                                        std::chrono::milliseconds timeout,
                                                        std::function<bool()> go_on) {
  auto child = training::ChildProcess::start(command);
  if (!child) return tl::unexpected<Reject>(child.error());
  std::unique_ptr<QueryClient> client(new QueryClient(std::move(*child), timeout, std::move(go_on)));
  const auto hello = client->expect(training::QueryKind::kHello);
  if (!hello) return tl::unexpected<Reject>(hello.error());
  const auto shape = training::decode_hello(*hello);
  if (!shape) return client->fail(shape.error());
  client->wire_shape_ = *shape;
  client->shape_ = {shape->channels, shape->height, shape->width, shape->classes};
  return client;
}

tl::unexpected<Reject> QueryClient::fail(Reject why) {
  const std::string& ending = child_->end();
  if (why.code == RejectCode::kDisconnected || why.code == RejectCode::kTruncated) {
    why = {RejectCode::kDisconnected, child_->name() + " ended before it had answered: " + ending};
  } else {
    why.detail = child_->name() + ": " + why.detail;
  }
  failure_ = std::move(why);
  return tl::unexpected<Reject>(*failure_);
}

Result<Bytes> QueryClient::expect(training::QueryKind kind) {
  auto frame = pipe_.receive();
  if (!frame) return fail(frame.error());
  if (!*frame) return fail({RejectCode::kDisconnected, {}});
  if ((*frame)->kind == training::QueryKind::kError) {
    const auto words = training::decode_error((*frame)->payload);
    if (!words) return fail(words.error());
    child_->end();
    failure_ = Reject{RejectCode::kDisconnected, child_->name() + " refuses: " + *words};
    return tl::unexpected<Reject>(*failure_);
  }
  if ((*frame)->kind != kind) return fail({RejectCode::kUnexpectedMessage, "an answer of another kind"});
  return std::move((*frame)->payload);
}

Result<torch::Tensor> QueryClient::ask(const torch::Tensor& images) {
  const torch::Tensor pixels = images.detach().to(torch::kFloat32).contiguous();
  const auto count = static_cast<std::uint32_t>(pixels.size(0));
  const Bytes request =
      training::encode_request(count, {pixels.data_ptr<float>(), static_cast<std::size_t>(pixels.numel())});
  if (auto sent = pipe_.send(request); !sent) {
    // What it had to say before it left is in the pipe, perhaps.
    if (sent.error().code != RejectCode::kDisconnected) return fail(sent.error());
  }
  const auto payload = expect(training::QueryKind::kAnswer);
  if (!payload) return tl::unexpected<Reject>(payload.error());
  auto answer = training::decode_answer(wire_shape_, count, *payload);
  if (!answer) return fail(answer.error());
  return torch::from_blob(answer->values.data(), {count, shape_.classes}, torch::kFloat32).clone();
}

Result<torch::Tensor> QueryClient::scores(const torch::Tensor& images) {
  if (failure_) return tl::unexpected<Reject>(*failure_);
  if (images.dim() != 4 || images.size(1) != shape_.channels || images.size(2) != shape_.height ||
      images.size(3) != shape_.width) {
    return reject(RejectCode::kConfig, "the images are not of the shape that " + child_->name() + " answers to");
  }
  const std::int64_t at_once = std::min<std::int64_t>(wire_shape_.max_images(), kImagesAtOnce);
  std::vector<torch::Tensor> parts;
  for (std::int64_t at = 0; at < images.size(0); at += at_once) {
    auto part = ask(images.slice(0, at, std::min(at + at_once, images.size(0))));
    if (!part) return part;
    parts.push_back(std::move(*part));
  }
  return parts.empty() ? torch::empty({0, shape_.classes}) : torch::cat(parts);
}

Suspect QueryClient::suspect() {
  return {[this](const torch::Tensor& images) { return scores(images); }, nullptr, shape_};
}

}  // namespace freezenet::ownership
