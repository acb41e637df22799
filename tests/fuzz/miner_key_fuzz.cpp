#include "consensus/base/hex.h"
#include "daemon/data_dir.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

void miner_key(ByteView input) {
  static const Scratch scratch;
  const auto file = scratch.write("miner.key", input);
  const auto key = daemon::load_or_create_miner_key(file);
  require(Scratch::holds(file, input), "the owner's file is never changed");
  if (!key) {
    // A file that is too long has the name of a message that is; nobody sent it.
    if (key.error().code == RejectCode::kTooLarge) return require(input.size() > 1024, "1 KiB is never too large");
    return require_refusal(key.error(), Blame::kOurselves, {RejectCode::kStorage});
  }
  const std::string_view text = as_text(input).substr(0, 64);
  const auto bytes = bytes_from_hex(text);
  require(bytes && same(*bytes, key->bytes()), "the key is the file's 64 digits");
  require(as_text(input).find_first_not_of(" \t\r\n", 64) == std::string_view::npos, "behind the digits is space");
}

}  // namespace freezenet::fuzz
