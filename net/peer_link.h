#pragma once

#include "net/asio.h"
#include "net/chain_port.h"
#include "net/messages.h"

namespace freezenet::net {

/// What synchronisation and serving may do with the peer whose strand they run on. Implemented by Peer.
class PeerLink {
 public:
  virtual ~PeerLink() = default;
  [[nodiscard]] virtual PeerId id() const = 0;
  /// This node dialled it, so it was chosen here.
  [[nodiscard]] virtual bool outbound() const = 0;
  /// Number, network and side, for whoever divides time between peers.
  [[nodiscard]] virtual ProofSource source() const = 0;
  /// Queues the message; a full queue ends the connection.
  virtual void send(const Message& message) = 0;
  /// Until the queue has room for an answer of any size; returns at once when the connection ends.
  virtual Awaitable<> wait_for_room() = 0;
  /// Ends the connection with this reason, and discourages the peer where the reason blames it.
  virtual void fail(const Reject& why) = 0;
  /// The peer's verified chain is at least this high.
  virtual void saw_height(std::uint64_t height) = 0;
};

}  // namespace freezenet::net
