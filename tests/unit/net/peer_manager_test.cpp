#include <future>

#include "consensus/base/hex.h"
#include "tests/unit/net/raw_peer.h"

namespace freezenet::net::testing {
namespace {

struct PeerManagerTest : ::testing::Test {
  World world;
};

TEST_F(PeerManagerTest, PeersSeeEachOther) {
  TestNode a(world, 100);
  a.start();
  auto config = test_config();
  config.connect = {a.address()};
  TestNode b(world, 100, config);
  b.start();
  ASSERT_TRUE(a.log->wait(" connected:"));
  ASSERT_TRUE(b.log->wait(" connected:"));
  const auto seen = a.manager.peers();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].node_id, b.manager.node_id());
  EXPECT_TRUE(seen[0].inbound);
  EXPECT_EQ(seen[0].user_agent, "test/1");
  EXPECT_EQ(seen[0].listen_port, b.manager.listening_port());
  EXPECT_GT(seen[0].bytes_in, 100u);
}

TEST_F(PeerManagerTest, RefusesOtherNetworksGenesisVersionAndEngineByName) {
  TestNode a(world, 100);
  a.start();
  const auto check = [&](const std::function<void(Hello&)>& change, const std::string& name) {
    RawPeer peer;
    ASSERT_TRUE(peer.dial(a.manager.listening_port()));
    Hello hello = peer.hello();
    change(hello);
    ASSERT_TRUE(peer.send(hello));
    const auto refusal = peer.expect<RejectMessage>();
    ASSERT_TRUE(refusal) << a.log->all();
    EXPECT_EQ(refusal->code, name);
    EXPECT_TRUE(a.was_rejected(name));
  };
  check(
      [](Hello& h) {
        h.network = "other";
        h.genesis = {};
        h.wire_version = 9;
        h.engine = 9;
      },
      "wrong-network");
  check(
      [](Hello& h) {
        h.genesis = {};
        h.wire_version = 9;
        h.engine = 9;
      },
      "wrong-genesis");
  check(
      [](Hello& h) {
        h.wire_version = 9;
        h.engine = 9;
      },
      "wrong-protocol-version");
  check([](Hello& h) { h.engine = 9; }, "wrong-engine");
  EXPECT_TRUE(a.log->count(" connected:") == 0);
}

TEST_F(PeerManagerTest, WhoDialsReadsTheReason) {
  TestNode a(world, 100);
  a.start();
  auto config = test_config();
  config.genesis = sha256(as_bytes("another genesis"));
  config.connect = {a.address()};
  TestNode b(world, 100, config);
  b.start();
  ASSERT_TRUE(b.log->wait("the peer says wrong-genesis")) << b.log->all();
  EXPECT_TRUE(b.manager.last_rejects().front().by_peer);
}

TEST_F(PeerManagerTest, BrokenFramesAreRefusedByName) {
  TestNode a(world, 100);
  a.start();
  const auto check = [&](const Bytes& bytes, const std::string& name, bool after_hello) {
    RawPeer peer;
    ASSERT_TRUE(after_hello ? peer.join(a.manager.listening_port()) : peer.dial(a.manager.listening_port()));
    ASSERT_TRUE(peer.send_raw(bytes));
    const auto refusal = peer.expect<RejectMessage>();
    ASSERT_TRUE(refusal) << a.log->all();
    EXPECT_EQ(refusal->code, name);
  };
  check(encode_frame(0x01020304, MessageType::kPing, Bytes(8)), "wrong-network", false);
  check(encode_frame(kTestMagic, static_cast<MessageType>(99), {}), "unknown-message", true);
  check(encode_frame(kTestMagic, MessageType::kPing, Bytes(8)), "unexpected-message", false);
  check(encode_frame(kTestMagic, MessageType::kPing, Bytes(7)), "truncated", true);
  // 4 GiB are announced; only the nine bytes of the header are sent, and they are enough.
  Writer huge;
  huge.integer(kTestMagic).integer(std::uint8_t{8}).integer(std::uint32_t{0xffffffff});
  check(huge.data(), "too-large", true);
}

TEST_F(PeerManagerTest, SelfConnectionIsRefused) {
  TestNode a(world, 100);
  a.start();
  ASSERT_TRUE(a.manager.add_node(a.address()));
  ASSERT_TRUE(a.log->wait("self-connection")) << a.log->all();
  EXPECT_TRUE(a.was_rejected("self-connection"));
  EXPECT_EQ(a.log->count(" connected:"), 0u);
}

TEST_F(PeerManagerTest, SimultaneousConnectionsLeaveOneAndTheSame) {
  for (int round = 0; round < 8; ++round) {
    TestNode a(world, 100), b(world, 100);
    a.start();
    b.start();
    ASSERT_TRUE(a.manager.add_node(b.address()));
    ASSERT_TRUE(b.manager.add_node(a.address()));
    ASSERT_TRUE(a.log->wait("duplicate-peer")) << a.log->all();
    ASSERT_TRUE(b.log->wait("duplicate-peer")) << b.log->all();
    // The last word of each log is about the surviving connection once a message has made the whole way over it.
    const auto blocks = make_blocks(test_genesis(), 1, 100);
    a.chain.have(blocks);
    a.manager.announce(blocks[0].header);
    ASSERT_TRUE(b.chain.wait_height(1)) << a.log->all() << b.log->all();
    std::size_t ready_a = 0, ready_b = 0;
    const bool a_smaller = a.manager.node_id() < b.manager.node_id();
    for (const auto& peer : a.manager.peers()) {
      if (peer.ready && peer.inbound == !a_smaller) ++ready_a;
    }
    for (const auto& peer : b.manager.peers()) {
      if (peer.ready && peer.inbound == a_smaller) ++ready_b;
    }
    EXPECT_EQ(ready_a, 1u) << a.log->all();
    EXPECT_EQ(ready_b, 1u) << b.log->all();
  }
}

TEST_F(PeerManagerTest, PunishedPeerIsDroppedAndKeptOut) {
  TestNode a(world, 100);
  a.start();
  auto config = test_config();
  config.connect = {a.address()};
  TestNode b(world, 100, config);
  b.start();
  ASSERT_TRUE(a.log->wait(" connected:"));
  const PeerId id = a.manager.peers().at(0).id;
  a.manager.punish(id, {RejectCode::kTimeout, "nobody's fault"});
  a.manager.punish(id, {RejectCode::kWrongTrace, "step 7"});
  ASSERT_TRUE(b.log->wait("the peer says wrong-trace: step 7")) << b.log->all();
  ASSERT_TRUE(b.log->wait("discouraged")) << b.log->all();
  EXPECT_EQ(a.log->count("timeout"), 0u);
}

TEST_F(PeerManagerTest, PortInUseIsAClearError) {
  TestNode a(world, 100);
  a.start();
  auto config = test_config();
  config.port = a.manager.listening_port();
  TestNode b(world, 100, config);
  const auto started = b.manager.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, RejectCode::kConfig);
  EXPECT_NE(started.error().detail.find("port " + std::to_string(config.port) + " is in use"), std::string::npos)
      << started.error().detail;
}

TEST_F(PeerManagerTest, PlacesAreLimited) {
  auto config = test_config();
  config.limits.max_inbound = 1;
  TestNode a(world, 100, config);
  a.start();
  RawPeer first, second;
  ASSERT_TRUE(first.join(a.manager.listening_port()));
  EXPECT_FALSE(second.dial(a.manager.listening_port()));
  EXPECT_TRUE(a.log->wait("too-many-peers"));
}

TEST_F(PeerManagerTest, SilenceInTheHandshakeAndAfterItTimesOut) {
  auto config = test_config();
  config.limits.handshake_timeout = Millis(100);
  config.limits.idle_timeout = Millis(200);
  config.limits.ping_interval = Millis(50);
  TestNode a(world, 100, config);
  a.start();
  RawPeer mute;
  ASSERT_TRUE(mute.dial(a.manager.listening_port()));
  auto refusal = mute.expect<RejectMessage>();
  ASSERT_TRUE(refusal) << a.log->all();
  EXPECT_EQ(refusal->code, "timeout");
  RawPeer idle;
  ASSERT_TRUE(idle.join(a.manager.listening_port()));
  std::size_t pings = 0;
  while (auto message = idle.read()) {
    if (std::holds_alternative<Ping>(*message)) ++pings;
    if (std::holds_alternative<RejectMessage>(*message)) break;
  }
  EXPECT_GE(pings, 2u);
  EXPECT_TRUE(a.log->wait("silent for too long"));
}

TEST_F(PeerManagerTest, PeerThatDoesNotReadIsDropped) {
  auto config = test_config();
  config.limits.max_queue_messages = 50;
  TestNode a(world, 100, config);
  a.start();
  RawPeer deaf;
  ASSERT_TRUE(deaf.join(a.manager.listening_port()));
  const auto blocks = make_blocks(test_genesis(), 1, 100);
  // TCP's own buffers take some megabytes before the queue begins to grow.
  for (int i = 0; i < 400'000 && a.log->count("does not read") == 0; ++i) a.manager.announce(blocks[0].header);
  EXPECT_TRUE(a.log->wait("does not read")) << a.log->all();
}

TEST_F(PeerManagerTest, TooManyRequestsAtOnceBreakTheProtocol) {
  auto config = test_config();
  config.limits.requests_per_second = 0.001;
  config.limits.request_burst = 1;
  TestNode a(world, 100, config);
  a.start();
  RawPeer greedy;
  ASSERT_TRUE(greedy.join(a.manager.listening_port()));
  for (int i = 0; i < 80; ++i) {
    if (!greedy.send(GetBody{})) break;
  }
  const auto refusal = greedy.expect<RejectMessage>();
  ASSERT_TRUE(refusal) << a.log->all();
  EXPECT_EQ(refusal->code, "unexpected-message");
}

TEST_F(PeerManagerTest, OnlyTls13WithACertificateGetsIn) {
  TestNode a(world, 100);
  a.start();
  const auto attempt = [&](const std::function<void(SSL_CTX*)>& set_up) {
    asio::io_context context;
    asio::ssl::context tls(asio::ssl::context::tls_client);
    set_up(tls.native_handle());
    TlsStream stream(context, tls);
    stream.next_layer().connect(tcp::endpoint(asio::ip::make_address("127.0.0.1"), a.manager.listening_port()));
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::client, error);
    if (!error) {  // TLS 1.3: a client learns of the refusal of its certificate with the first read
      std::uint8_t byte = 0;
      asio::read(stream, asio::buffer(&byte, 1), error);
    }
    return error;
  };
  const Bytes alpn = {11, 'f', 'r', 'e', 'e', 'z', 'e', 'n', 'e', 't', '/', '1'};
  const auto name_us = [&](SSL_CTX* ctx) {
    SSL_CTX_set_alpn_protos(ctx, alpn.data(), static_cast<unsigned>(alpn.size()));
  };
  EXPECT_TRUE(attempt(name_us)) << "no certificate";
  EXPECT_TRUE(attempt([&](SSL_CTX* ctx) {
    name_us(ctx);
    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
  }));
  EXPECT_EQ(a.log->count(" connected:"), 0u);
}

TEST_F(PeerManagerTest, AddressesAreAddedAndRemoved) {
  TestNode a(world, 100);
  a.start();
  EXPECT_EQ(a.manager.add_node("nonsense").error().code, RejectCode::kConfig);
  ASSERT_TRUE(a.manager.add_node("127.0.0.1:1"));
  EXPECT_EQ(a.manager.add_node("127.0.0.1:1").error().code, RejectCode::kDuplicate);
  EXPECT_EQ(a.manager.dial_targets().at(0).address, "127.0.0.1:1");
  ASSERT_TRUE(a.log->wait("ends: disconnected", 2)) << "it dials again";
  ASSERT_TRUE(a.manager.remove_node("127.0.0.1:1"));
  EXPECT_EQ(a.manager.remove_node("127.0.0.1:1").error().code, RejectCode::kNotFound);
  EXPECT_TRUE(a.manager.dial_targets().empty());
}

TEST_F(PeerManagerTest, StopAtAnyMoment) {
  constexpr std::size_t kModel = 2 * kChunkSize + 10;
  const auto blocks = make_blocks(test_genesis(), 30, kModel);
  for (int round = 0; round < 40; ++round) {
    auto config = test_config();
    TestNode full(world, kModel, config);
    full.chain.have(blocks);
    full.start();
    config.connect = {full.address(), "127.0.0.1:1"};
    TestNode fresh(world, kModel, config);
    fresh.start();
    // Rounds end at different points of the handshake and of the download, in either order of stopping.
    if (round >= 10) {
      ASSERT_TRUE(fresh.chain.wait_offers(static_cast<std::size_t>(round - 10))) << fresh.log->all();
    } else {
      std::promise<void> turn;
      asio::steady_timer timer(world.context, std::chrono::microseconds(round * 700));
      timer.async_wait([&](auto) { turn.set_value(); });
      turn.get_future().wait();
    }
    if (round % 2 == 0) full.manager.stop_and_wait();
    fresh.manager.stop_and_wait();
    EXPECT_TRUE(fresh.manager.peers().empty());
    const auto after = fresh.chain.offers().size();
    fresh.manager.wake();
    fresh.manager.announce(blocks[0].header);
    fresh.manager.stop_and_wait();
    EXPECT_EQ(fresh.chain.offers().size(), after);
  }
}

}  // namespace
}  // namespace freezenet::net::testing
