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

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPause = 200ms;  // between two questions whether to go on waiting
constexpr std::chrono::milliseconds kLongest = 24h;  // that poll() is asked to wait at a time
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

/// How long one send() or receive() may wait.
struct Patience {
  Clock::time_point deadline;
  const std::function<bool()>& go_on;
};

/// Waits until `fd` can be read or written.
Result<> wait_for(int fd, short events, const Patience& patience) {
  for (;;) {
    if (patience.go_on && !patience.go_on()) return reject(RejectCode::kCancelled);
    auto left = std::chrono::milliseconds(-1);
    if (patience.deadline != kNever)
      left = std::max(std::chrono::ceil<std::chrono::milliseconds>(patience.deadline - Clock::now()), 0ms);
    const bool last = patience.deadline != kNever && left <= kPause;
    if (patience.go_on && !last) left = kPause;
    pollfd waiting{fd, events, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::min(left, kLongest).count()));
    if (ready > 0) return {};
    if (ready == 0 && last) return reject(RejectCode::kTimeout, "the other side takes too long");
    if (ready < 0 && errno != EINTR) return system_error();
  }
}

bool is_passing(int error) { return error == EINTR || error == EAGAIN; }

/// Fills `out`, or as much of it as comes before the other side closes: how many bytes.
Result<std::size_t> read_into(int fd, std::span<std::uint8_t> out, const Patience& patience) {
  std::size_t done = 0;
  while (done < out.size()) {
    if (auto ready = wait_for(fd, POLLIN, patience); !ready) return tl::unexpected<Reject>(ready.error());
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
  const Patience patience{deadline_of(timeout_), go_on_};
  while (!frame.empty()) {
    if (auto ready = wait_for(out_, POLLOUT, patience); !ready) return ready;
    const ssize_t n = ::write(out_, frame.data(), frame.size());
    if (n < 0 && errno == EPIPE) return reject(RejectCode::kDisconnected, "the other side does not read any more");
    if (n < 0 && !is_passing(errno)) return system_error();
    if (n > 0) frame = frame.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<std::optional<QueryFrame>> QueryPipe::receive() const {
  const Patience patience{deadline_of(timeout_), go_on_};
  std::array<std::uint8_t, QueryHeader::kSize> head{};
  const auto got = read_into(in_, head, patience);
  if (!got) return tl::unexpected<Reject>(got.error());
  if (*got == 0) return std::nullopt;
  if (*got < head.size()) return reject(RejectCode::kTruncated, "the other side closed within a frame");
  const auto header = decode_query_header(head);
  if (!header) return tl::unexpected<Reject>(header.error());
  QueryFrame frame{header->kind, Bytes(header->length)};
  const auto rest = read_into(in_, frame.payload, patience);
  if (!rest) return tl::unexpected<Reject>(rest.error());
  if (*rest < frame.payload.size()) return reject(RejectCode::kTruncated, "the other side closed within a frame");
  return frame;
}

}  // namespace freezenet::training
