#include "consensus/base/hex.h"
#include "daemon/data_dir.h"
#include "daemon/network_file.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// DATADIR/genesis.json.
void genesis_file(ByteView input) {
  static const Scratch scratch;
  const auto file = scratch.write(daemon::DataPaths(scratch.path()).genesis().filename(), input);
  for (const char* name : {"regtest", "localnet"}) {
    const auto network = daemon::inspect_network(name, {}, scratch.path());
    if (!network) {
      if (network.error().code == RejectCode::kTooLarge)
        require(input.size() > 4096, "4 KiB are never too large");
      else
        require_refusal(network.error(), Blame::kOurselves, {RejectCode::kConfig, RejectCode::kStorage});
      continue;
    }
    require(network->params.name == name && network->params.genesis_time != 0, "the network is the one that was asked");
    const std::string hash = to_hex(network->params.genesis_hash());
    std::string text(as_text(input));
    for (char& c : text) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    // Escapes of JSON can spell the digits; nobody writes them, and the hash was compared already.
    require(text.find(hash) != text.npos || text.find('\\') != text.npos, "the file names this genesis");
  }
}

}  // namespace freezenet::fuzz
