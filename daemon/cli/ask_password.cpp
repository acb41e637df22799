#include "daemon/cli/ask_password.h"

#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "daemon/cli/silent_terminal.h"
#include "daemon/durable_file.h"

namespace freezenet::daemon {
namespace {

constexpr std::size_t kLongest = 512;

void say(int terminal, std::string_view text) { (void)!::write(terminal, text.data(), text.size()); }

}  // namespace

Result<std::string> ask_password(const std::string& user) {
  // The terminal itself: standard input and output may be files.
  const FileDescriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal)
    return reject(RejectCode::kConfig, "there is no terminal to ask for the password; give --rpc-password-file FILE");
  say(terminal.get(), "Password of " + user + ": ");
  std::string password;
  {
    const SilentTerminal silent(terminal.get());
    if (!silent.is_silent())
      return reject(RejectCode::kConfig, "this terminal shows what is typed; give --rpc-password-file FILE");
    char c = 0;
    while (password.size() < kLongest && ::read(terminal.get(), &c, 1) == 1 && c != '\n') password.push_back(c);
  }
  say(terminal.get(), "\n");
  if (password.empty())
    return reject(RejectCode::kConfig, "no password was entered; `freezenet-cli rpcauth USER` makes one");
  return password;
}

}  // namespace freezenet::daemon
