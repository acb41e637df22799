#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/rpc/signature.h"

namespace freezenet::daemon {

/// Asks the user; `twice` for a new one. The error is a sentence.
using PassphraseReader = std::function<tl::expected<std::string, std::string>(const std::string& what, bool twice)>;

/// From the terminal, without echo; where standard input is none, one line of it.
tl::expected<std::string, std::string> read_passphrase(const std::string& what, bool twice);

/// Puts passphrases where the command line leaves them to the user, so that they stand neither in the shell's history
/// nor in the list of processes: where all of a method's required ones are left out, and where a word is "-" in the
/// place of one.
tl::expected<std::vector<std::string>, std::string> with_passphrases(const Signature& signature,
                                                                     std::vector<std::string> words,
                                                                     const PassphraseReader& read);

}  // namespace freezenet::daemon
