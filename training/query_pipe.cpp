#include "training/query_pipe.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <poll.h>
#include <unistd.h>

namespace freezenet::training {

namespace {

using Clock = std::chrono::steady_clock;
constexpr Clock::time_point kNever = Clock::time_point::max();

Clock::time_point deadline_of(std::optional<std::chrono::milliseconds> timeout) {
  return timeout ? Clock::now() + *timeout : kNever;
}

/// Keeps a write into a pipe that nobody reads from ending the process: SIGPIPE is blocked in this thread, and what
/// was raised meanwhile is taken off before it is allowed again.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec at_once{};
    while (!was_pending_ && sigtimedwait(&sigpipe_, nullptr, &at_once) < 0 && errno == EINTR) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t sigpipe_{}, before_{};
  bool was_pending_ = false;
};

Result<> system_error() { return reject(RejectCode::kStorage, std::string("a pipe failed: ") + std::strerror(errno)); }

/// Waits until `fd` can be read or written.
Result<> wait_for(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    int left = -1;
    if (deadline != kNever) {
      const auto wait = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
      left = static_cast<int>(std::clamp<long long>(wait, 0, 1 << 30));
    }
    pollfd waiting{fd, events, 0};
    const int ready = ::poll(&waiting, 1, left);
    if (ready > 0) return {};
    if (ready == 0) return reject(RejectCode::kTimeout, "the other side takes too long");
    if (errno != EINTR) return system_error();
  }
}

bool is_passing(int error) { return error == EINTR || error == EAGAIN; }

/// Fills `out`, or as much of it as comes before the other side closes: how many bytes.
Result<std::size_t> read_into(int fd, std::span<std::uint8_t> out, Clock::time_point deadline) {
  std::size_t done = 0;
  while (done < out.size()) {
    if (auto ready = wait_for(fd, POLLIN, deadline); !ready) return tl::unexpected<Reject>(ready.error());
    const ssize_t n = ::read(fd, out.data() + done, out.size() - done);
    if (n == 0) break;
    if (n < 0 && !is_passing(errno)) return tl::unexpected<Reject>(system_error().error());
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  return done;
}

}  // namespace

Result<> QueryPipe::send(ByteView frame) const {
  const WithoutSigpipe guard;
  const auto deadline = deadline_of(timeout_);
  while (!frame.empty()) {
    if (auto ready = wait_for(out_, POLLOUT, deadline); !ready) return ready;
    const ssize_t n = ::write(out_, frame.data(), frame.size());
    if (n < 0 && errno == EPIPE) return reject(RejectCode::kDisconnected, "the other side does not read any more");
    if (n < 0 && !is_passing(errno)) return system_error();
    if (n > 0) frame = frame.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<std::optional<QueryFrame>> QueryPipe::receive() const {
  const auto deadline = deadline_of(timeout_);
  std::array<std::uint8_t, QueryHeader::kSize> head{};
  const auto got = read_into(in_, head, deadline);
  if (!got) return tl::unexpected<Reject>(got.error());
  if (*got == 0) return std::nullopt;
  if (*got < head.size()) return reject(RejectCode::kTruncated, "the other side closed within a frame");
  const auto header = decode_query_header(head);
  if (!header) return tl::unexpected<Reject>(header.error());
  QueryFrame frame{header->kind, Bytes(header->length)};
  const auto rest = read_into(in_, frame.payload, deadline);
  if (!rest) return tl::unexpected<Reject>(rest.error());
  if (*rest < frame.payload.size()) return reject(RejectCode::kTruncated, "the other side closed within a frame");
  return frame;
}

}  // namespace freezenet::training
