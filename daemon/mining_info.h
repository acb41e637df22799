#pragma once

#include <cstdint>
#include <string>

namespace freezenet::daemon {

/// What an operator asks of a miner: is it working, how well, since when. A snapshot.
struct MiningInfo {
  bool enabled = false;     ///< asked to mine
  bool refused = false;     ///< the self-test failed: this machine's bits are wrong
  std::string state;        ///< "mining", "off", "paused: ...", "refused: ..."
  std::string kernel_path;  ///< "avx512", "avx2", "neon", "portable"
  unsigned threads = 1;
  std::uint64_t segments = 0;         ///< finished since the start
  std::uint64_t blocks_found = 0;     ///< of them, below the target
  std::uint64_t blocks_accepted = 0;  ///< of them, connected to the active chain when submitted
  double segments_per_second_10s = 0, segments_per_second_60s = 0, segments_per_second_15m = 0;
  double last_segment_ms = 0;
  double expected_seconds_to_block = 0;  ///< this node alone; 0 while unknown
  std::uint64_t height = 0;              ///< height that is being mined
};

}  // namespace freezenet::daemon
