#include "daemon/config.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// freezenetd.json.
void config_file(ByteView input) {
  static const Scratch scratch;
  const auto file = scratch.write("freezenetd.json", input);
  const std::vector<std::string> arguments = {"--config", file.string()};
  const daemon::Environment environment{"/home/nobody", "/"};
  const auto line = daemon::parse_command_line(daemon::Program::kNode, arguments, environment);
  if (!line) {
    require(line.error().message().find('\n') == std::string::npos, "a refusal is one line");
    return require_refusal(line.error(), Blame::kOurselves, {RejectCode::kConfig});
  }
  const daemon::Options& options = line->options;
  require(!options.network.empty() && options.network.size() <= 16, "a network has a short name");
  require(options.datadir.is_absolute() && options.config == file, "paths are absolute");
  require(options.mining_nice <= 19, "a number keeps to its limits");
  require(options.models == "send" || options.models == "derive", "a choice is one of its choices");
}

}  // namespace freezenet::fuzz
