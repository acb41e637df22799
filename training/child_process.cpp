#include "training/child_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace freezenet::training {

namespace {

constexpr int kGraceMs = 2000;

/// Both ends of a pipe, closed unless somebody takes them.
struct Pipe {
  std::array<int, 2> ends{-1, -1};
  [[nodiscard]] bool open() { return ::pipe2(ends.data(), O_CLOEXEC) == 0; }
  int take(std::size_t end) { return std::exchange(ends[end], -1); }
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    for (const int fd : ends) {
      if (fd >= 0) ::close(fd);
    }
  }
};

/// Starts the program with these two as its standard input and output: an errno.
int spawn(pid_t& pid, const std::vector<std::string>& command, int in, int out) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  const int error = ::posix_spawnp(&pid, words.front(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

/// Whether the process ends within the time that it is given.
bool ends_by_itself(pid_t pid) {
  // glibc declares pidfd_open() without C linkage up to 2.36.
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return false;
  pollfd waiting{fd, POLLIN, 0};
  const int ready = ::poll(&waiting, 1, kGraceMs);
  ::close(fd);
  return ready == 1;
}

}  // namespace

ChildProcess::ChildProcess(std::string name, pid_t pid, int in, int out)
    : name_(std::move(name)), pid_(pid), in_(in), out_(out) {}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const std::vector<std::string>& command) {
  if (command.empty() || command.front().empty()) return reject(RejectCode::kConfig, "no program was named");
  const std::string& name = command.front();
  Pipe to, from;
  if (!to.open() || !from.open()) {
    return reject(RejectCode::kConfig, name + " cannot be started: " + std::strerror(errno));
  }
  pid_t pid = 0;
  if (const int error = spawn(pid, command, to.ends[0], from.ends[1]); error != 0) {
    return reject(RejectCode::kConfig, name + " cannot be started: " + std::strerror(error));
  }
  // A flag of our ends alone: the program's block as it expects.
  ::fcntl(from.ends[0], F_SETFL, O_NONBLOCK);
  ::fcntl(to.ends[1], F_SETFL, O_NONBLOCK);
  return std::unique_ptr<ChildProcess>(new ChildProcess(name, pid, from.take(0), to.take(1)));
}

ChildProcess::~ChildProcess() { end(); }

const std::string& ChildProcess::end() {
  if (pid_ == 0) return ending_;
  ::close(std::exchange(in_, -1));
  ::close(std::exchange(out_, -1));
  if (!ends_by_itself(pid_)) ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  ending_ = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                : "exit status " + std::to_string(WEXITSTATUS(status));
  return ending_;
}

}  // namespace freezenet::training
