#pragma once

#include "daemon/options.h"

namespace freezenet::daemon {

/// What the process was started with, apart from its arguments. An argument, so that tests own it.
struct Environment {
  std::filesystem::path home;  ///< where ~/.freezenet lies; empty where the system does not say
  std::filesystem::path working_directory;
};
/// $HOME, else the password database's entry; the current directory.
Environment system_environment();

struct CommandLine {
  enum class Action : std::uint8_t { kRun, kCheck, kHelp, kVersion, kPrintConfig };
  Action action = Action::kRun;
  Options options;  ///< complete for kRun and kCheck only
  std::vector<std::string>
      arguments;  ///< freezenet-cli: method and its arguments, in order, switches of the method included
};

/// Command line, then configuration file (--config, else DATADIR/freezenetd.json where it exists), then defaults; the
/// first that says something wins. kConfig: one line that says which option or key of which file is wrong, what is
/// allowed and, for an unknown name, the nearest known one.
///
/// freezenet-cli takes its options before, between and behind the method's arguments; what it does not know behind the
/// method belongs to the method. freezenetd takes options only.
Result<CommandLine> parse_command_line(Program program, int argc, const char* const* argv,
                                       const Environment& environment);

/// The same from a list, without the program's name.
Result<CommandLine> parse_command_line(Program program, std::span<const std::string> arguments,
                                       const Environment& environment);

}  // namespace freezenet::daemon
