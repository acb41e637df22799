#include "net/messages.h"

#include <random>

#include <gtest/gtest.h>

#include "consensus/base/serialize.h"

namespace freezenet::net {
namespace {

Hash256 hash_of(std::uint8_t n) {
  Hash256 h;
  h.bytes.fill(n);
  return h;
}

SealedHeader header_of(std::uint8_t n) {
  SealedHeader h;
  h.candidate.prev_block = hash_of(n);
  h.candidate.time = 1'700'000'000u + n;
  h.candidate.nonce = n;
  h.model_root = hash_of(static_cast<std::uint8_t>(n + 1));
  h.signature.bytes.fill(n);
  return h;
}

std::vector<Message> samples() {
  Hello hello;
  hello.network = "localnet";
  hello.genesis = hash_of(1);
  hello.engine = 3;
  hello.height = 77;
  hello.tip = hash_of(2);
  hello.work = Uint256(123456);
  hello.user_agent = "freezenet/0.1";
  hello.listen_port = 9555;
  hello.flags = kServesModels;
  return {
      hello,
      Ping{0x0102030405060708},
      Pong{9},
      GetHeaders{{hash_of(3), hash_of(4)}},
      Headers{{header_of(5), header_of(6)}},
      Announce{header_of(7)},
      GetBody{hash_of(8)},
      BodyData{hash_of(9), Bytes(300, 10)},
      GetChunk{hash_of(11), 12},
      Chunk{hash_of(13), 14, Bytes(70, 15), {{hash_of(16), hash_of(17)}}},
      GetModelChunk{hash_of(24), 25},
      NotFound{MessageType::kGetChunk, hash_of(18), 19},
      NotFound{MessageType::kGetModelChunk, hash_of(26), 27},
      RejectMessage{"bad-chunk", "chunk 3"},
      HaveTransactions{{hash_of(20)}},
      GetTransactions{{hash_of(21), hash_of(22)}},
      Transactions{{Transaction{{}, 1, 2, Transfer{{}, 3}, {}}, Transaction{{}, 1, 2, Claim{}, {}}}, {hash_of(23)}}};
}

TEST(Messages, RoundTrip) {
  for (const Message& message : samples()) {
    const Bytes bytes = encode(message);
    EXPECT_LE(bytes.size(), max_payload(static_cast<std::uint8_t>(type_of(message))));
    const auto back = decode(type_of(message), bytes);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back, message);
    EXPECT_EQ(encode(*back), bytes);
  }
}

TEST(Messages, EveryTruncationAndEveryTrailingByteIsRefused) {
  for (const Message& message : samples()) {
    Bytes bytes = encode(message);
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      EXPECT_FALSE(decode(type_of(message), ByteView(bytes).first(n))) << n;
    }
    bytes.push_back(0);
    const auto longer = decode(type_of(message), bytes);
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().code, RejectCode::kTrailingBytes);
  }
}

/// Whatever decodes is the encoding of what it decoded to: there is one form only.
TEST(Messages, MutationsAreRefusedOrCanonical) {
  std::mt19937 random(1);
  for (const Message& message : samples()) {
    const Bytes good = encode(message);
    for (int i = 0; i < 4000; ++i) {
      Bytes bytes = good;
      for (unsigned k = 0; k <= random() % 3; ++k) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
      if (const auto back = decode(type_of(message), bytes)) {
        EXPECT_EQ(encode(*back), bytes);
      }
    }
  }
}

TEST(Messages, CountsOverTheLimitAreRefusedWithoutTheirBytes) {
  const auto code = [](MessageType type, const Writer& out) { return decode(type, out.data()).error().code; };
  EXPECT_EQ(code(MessageType::kGetHeaders, Writer().compact_size(kMaxLocator + 1)), RejectCode::kTooLarge);
  EXPECT_EQ(code(MessageType::kHeaders, Writer().compact_size(kMaxHeaders + 1)), RejectCode::kTooLarge);
  EXPECT_EQ(code(MessageType::kHeaders, Writer().compact_size(kMaxHeaders)), RejectCode::kTruncated);
  EXPECT_EQ(code(MessageType::kBody, Writer().hash({}).compact_size(Body::kMaxSize + 1)), RejectCode::kTooLarge);
  EXPECT_EQ(code(MessageType::kChunk, Writer().hash({}).integer(std::uint64_t{0}).compact_size(kChunkSize + 1)),
            RejectCode::kTooLarge);
  EXPECT_EQ(code(MessageType::kChunk,
                 Writer().hash({}).integer(std::uint64_t{0}).compact_size(0).compact_size(kMaxProof + 1)),
            RejectCode::kTooLarge);
  EXPECT_EQ(code(MessageType::kReject, Writer().text(std::string(65, 'a')).text("")), RejectCode::kTooLarge);
  EXPECT_EQ(code(MessageType::kReject, Writer().text("a\n").text("")), RejectCode::kBadEncoding);
  EXPECT_EQ(code(static_cast<MessageType>(200), Writer()), RejectCode::kUnknownMessage);
}

TEST(Messages, NotFoundOfABodyHasNoIndex) {
  const auto decoded = [](const NotFound& m) { return decode(MessageType::kNotFound, encode(m)); };
  EXPECT_TRUE(decoded({MessageType::kGetBody, hash_of(1), 0}));
  EXPECT_TRUE(decoded({MessageType::kGetChunk, hash_of(1), 1}));
  EXPECT_EQ(decoded({MessageType::kGetBody, hash_of(1), 1}).error().code, RejectCode::kBadEncoding);
  EXPECT_EQ(decoded({MessageType::kGetHeaders, hash_of(1), 0}).error().code, RejectCode::kBadEncoding);
}

/// The largest message of each type fits its frame limit exactly, so that the limit is neither too small nor generous.
TEST(Messages, LargestPayloads) {
  const auto size = [](const Message& m) { return encode(m).size(); };
  const auto most = [](MessageType type) { return max_payload(static_cast<std::uint8_t>(type)); };
  EXPECT_EQ(size(GetHeaders{std::vector<Hash256>(kMaxLocator)}), most(MessageType::kGetHeaders));
  EXPECT_EQ(size(Headers{std::vector<SealedHeader>(kMaxHeaders)}), most(MessageType::kHeaders));
  EXPECT_EQ(size(BodyData{{}, Bytes(Body::kMaxSize)}), most(MessageType::kBody));
  EXPECT_EQ(size(Chunk{{}, 0, Bytes(kChunkSize), {std::vector<Hash256>(kMaxProof)}}), most(MessageType::kChunk));
  EXPECT_EQ(size(RejectMessage{std::string(64, 'x'), std::string(256, 'x')}), most(MessageType::kReject));
  Hello hello;
  hello.network.assign(kMaxNetworkName, 'n');
  hello.user_agent.assign(kMaxUserAgent, 'u');
  EXPECT_EQ(size(hello), most(MessageType::kHello));
}

TEST(Messages, OurOwnTextIsCutAndCleaned) {
  const RejectMessage m{"storage", std::string(300, '\n')};
  const auto back = decode(MessageType::kReject, encode(m));
  ASSERT_TRUE(back);
  EXPECT_EQ(std::get<RejectMessage>(*back).detail, std::string(256, '?'));
}

TEST(Frame, HeaderIsCheckedInOrder) {
  const Bytes frame = encode_frame(0x11223344, MessageType::kPing, Bytes(8));
  ASSERT_EQ(frame.size(), 17u);
  EXPECT_EQ(Bytes(frame.begin(), frame.begin() + 9), (Bytes{0x44, 0x33, 0x22, 0x11, 2, 8, 0, 0, 0}));
  const ByteView head = ByteView(frame).first(9);
  EXPECT_EQ(decode_frame_header(head, 0x11223344)->length, 8u);
  EXPECT_EQ(decode_frame_header(head, 0x11223345).error().code, RejectCode::kWrongNetwork);
  EXPECT_EQ(decode_frame_header(head.first(8), 0x11223344).error().code, RejectCode::kTruncated);
  Bytes other = frame;
  other[4] = 0;
  EXPECT_EQ(decode_frame_header(ByteView(other).first(9), 0x11223344).error().code, RejectCode::kUnknownMessage);
  other = frame;
  other[5] = 9;
  EXPECT_EQ(decode_frame_header(ByteView(other).first(9), 0x11223344).error().code, RejectCode::kTooLarge);
}

}  // namespace
}  // namespace freezenet::net
