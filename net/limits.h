#pragma once

#include <cstddef>
#include <cstdint>

#include "net/asio.h"

namespace freezenet::net {

/// Every bound and every waiting time of this room, in one place and given from outside, so that tests run with short
/// ones. Memory that strangers can make a node hold is at most
///   (max_inbound + max_outbound) * (max_queue_bytes + one frame + one model + two batches of headers) .
struct Limits {
  // Waiting
  Millis handshake_timeout{10'000};  ///< from the first byte of TCP to the other's hello
  Millis idle_timeout{90'000};       ///< without one byte received
  Millis ping_interval{30'000};
  Millis write_timeout{20'000};    ///< without one byte of a frame taken by the other side
  Millis lost_timeout{20'000};     ///< without an acknowledgement: the way to the peer is gone
  Millis close_timeout{2'000};     ///< for the reject frame before a connection closes
  Millis request_timeout{20'000};  ///< without any answer to what we asked
  Millis block_share{2'000};       ///< without progress for so long, a peer has a block no longer for itself
  Millis model_patience{5'000};    ///< how long other peers have to offer a model that one does not keep
  Millis look_pause{250};          ///< a peer that had nothing for us is looked at again for others' news only after it
  Millis header_retry{10'000};     ///< until headers that were early, or brought nothing new, are asked for again, and
                                   ///< a peer for a body that it did not have
  Millis backoff_first{1'000};
  Millis backoff_max{15'000};  ///< also how long a link may be back before anybody notices
  Millis discourage_for{600'000};

  // Peers
  std::size_t max_inbound = 32;
  std::size_t max_outbound = 16;
  std::size_t max_per_address = 16;  ///< inbound, of one IP address
  std::size_t max_dial_targets = 256;

  // Queues of one peer
  std::size_t max_queue_bytes = 4u << 20;
  std::size_t max_queue_messages = 1024;
  std::size_t max_pending_requests = 64;   ///< a peer that asks for more without waiting breaks the protocol
  std::size_t max_pending_announces = 16;  ///< the oldest is forgotten: headers can be asked for

  // What a peer may ask of us a second; more waits. Pings are not answered beyond theirs.
  double requests_per_second = 400, request_burst = 400;
  double pings_per_second = 2, ping_burst = 10;
  double announces_per_second = 20, announce_burst = 100;
  double log_lines_per_second = 1, log_burst = 50;  ///< at level info, for what strangers cause

  // Transactions of one peer
  double transactions_per_second = 100, transaction_burst = 1'000;  ///< asked for; each costs a signature, 50 us
  std::size_t max_pending_transactions = 5'000;  ///< told, announced, or asked for and not answered: of each so many

  // Synchronisation
  std::size_t window = 16;         ///< blocks that a peer looks ahead; it fetches one at a time
  std::size_t chunk_pipeline = 8;  ///< chunks asked for at once
  /// Bytes a second that a peer has to deliver to keep a block for itself: any peer, and one that has delivered before.
  std::uint64_t min_block_rate = 32'768, proven_block_rate = 1u << 20;
  /// Headers that the chain checks a second, at about 0.1 ms each: of all peers that dialled us, and of all that we
  /// did.
  double inbound_headers_per_second = 500, outbound_headers_per_second = 5'000, header_burst = 1'000;
  std::size_t header_slice = 50;  ///< headers that a peer offers in one turn
};

}  // namespace freezenet::net
