#include "net/messages.h"

#include <algorithm>

namespace freezenet::net {
namespace {

bool is_printable(char c) { return c >= 0x20 && c <= 0x7e; }

/// A text of a peer ends in logs and on terminals, so control characters are no text.
std::string read_text(Reader& in, std::size_t limit) {
  std::string text = in.text(limit);
  if (!std::all_of(text.begin(), text.end(), is_printable))
    in.fail(RejectCode::kBadEncoding, "text with control characters");
  return text;
}

struct Encoder {
  Writer& out;
  void operator()(const Hello& m) const {
    out.integer(m.wire_version).text(printable(m.network, kMaxNetworkName)).hash(m.genesis).integer(m.engine);
    out.integer(m.height).hash(m.tip).hash(m.work.to_hash()).text(printable(m.user_agent, kMaxUserAgent));
    out.integer(m.listen_port).integer(m.flags);
  }
  void operator()(const Ping& m) const { out.integer(m.nonce); }
  void operator()(const Pong& m) const { out.integer(m.nonce); }
  void operator()(const GetHeaders& m) const {
    out.compact_size(m.locator.size());
    for (const Hash256& hash : m.locator) out.hash(hash);
  }
  void operator()(const Headers& m) const {
    out.compact_size(m.headers.size());
    for (const SealedHeader& header : m.headers) header.encode(out);
  }
  void operator()(const Announce& m) const { m.header.encode(out); }
  void operator()(const GetBody& m) const { out.hash(m.block); }
  void operator()(const BodyData& m) const { out.hash(m.block).sized_bytes(m.body); }
  void operator()(const GetChunk& m) const { out.hash(m.block).integer(m.index); }
  void operator()(const GetModelChunk& m) const { out.hash(m.root).integer(m.index); }
  void operator()(const Chunk& m) const {
    out.hash(m.block).integer(m.index).sized_bytes(m.data).compact_size(m.proof.siblings.size());
    for (const Hash256& hash : m.proof.siblings) out.hash(hash);
  }
  void operator()(const NotFound& m) const {
    out.integer(static_cast<std::uint8_t>(m.request)).hash(m.block).integer(m.index);
  }
  void operator()(const RejectMessage& m) const {
    out.text(printable(m.code, kMaxRejectName)).text(printable(m.detail, kMaxRejectDetail));
  }
  void operator()(const HaveTransactions& m) const { hashes(m.ids); }
  void operator()(const GetTransactions& m) const { hashes(m.ids); }
  void operator()(const Transactions& m) const {
    out.compact_size(m.transactions.size());
    for (const Transaction& transaction : m.transactions) transaction.encode(out);
    hashes(m.missing);
  }
  void hashes(const std::vector<Hash256>& list) const {
    out.compact_size(list.size());
    for (const Hash256& hash : list) out.hash(hash);
  }
};

std::vector<Hash256> read_hashes(Reader& in, std::size_t limit) {
  std::vector<Hash256> hashes(in.count(limit, 32));
  for (Hash256& hash : hashes) hash = in.hash();
  return hashes;
}

Hello read_hello(Reader& in) {
  Hello m;
  m.wire_version = in.integer<std::uint32_t>();
  m.network = read_text(in, kMaxNetworkName);
  m.genesis = in.hash();
  m.engine = in.integer<std::uint32_t>();
  m.height = in.integer<std::uint64_t>();
  m.tip = in.hash();
  m.work = Uint256::from_hash(in.hash());
  m.user_agent = read_text(in, kMaxUserAgent);
  m.listen_port = in.integer<std::uint16_t>();
  m.flags = in.integer<std::uint32_t>();
  return m;
}

Headers read_headers(Reader& in) {
  Headers m;
  m.headers.resize(in.count(kMaxHeaders, SealedHeader::kSize));
  for (SealedHeader& header : m.headers) header = SealedHeader::read(in);
  return m;
}

BodyData read_body(Reader& in) {
  BodyData m;
  m.block = in.hash();
  const ByteView body = in.sized_bytes(Body::kMaxSize);
  m.body.assign(body.begin(), body.end());
  return m;
}

Chunk read_chunk(Reader& in) {
  Chunk m;
  m.block = in.hash();
  m.index = in.integer<std::uint64_t>();
  const ByteView data = in.sized_bytes(kChunkSize);
  m.data.assign(data.begin(), data.end());
  m.proof.siblings = read_hashes(in, kMaxProof);
  return m;
}

NotFound read_not_found(Reader& in) {
  NotFound m;
  m.request = static_cast<MessageType>(in.integer<std::uint8_t>());
  if (!in.failed() && m.request != MessageType::kGetBody && m.request != MessageType::kGetChunk &&
      m.request != MessageType::kGetModelChunk) {
    in.fail(RejectCode::kBadEncoding, "not_found of a message that asks for nothing");
  }
  m.block = in.hash();
  m.index = in.integer<std::uint64_t>();
  if (!in.failed() && m.request == MessageType::kGetBody && m.index != 0) {
    in.fail(RejectCode::kBadEncoding, "not_found of a body with an index");
  }
  return m;
}

Transactions read_transactions(Reader& in) {
  Transactions m;
  const std::size_t count = in.count(kMaxTransactions, Transaction::kMinSize);
  m.transactions.reserve(count);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) m.transactions.push_back(Transaction::read(in));
  m.missing = read_hashes(in, kMaxTransactions - count);
  return m;
}

RejectMessage read_reject(Reader& in) {
  RejectMessage m;
  m.code = read_text(in, kMaxRejectName);
  m.detail = read_text(in, kMaxRejectDetail);
  return m;
}

Message read_message(MessageType type, Reader& in) {
  switch (type) {
    case MessageType::kHello: return read_hello(in);
    case MessageType::kPing: return Ping{in.integer<std::uint64_t>()};
    case MessageType::kPong: return Pong{in.integer<std::uint64_t>()};
    case MessageType::kGetHeaders: return GetHeaders{read_hashes(in, kMaxLocator)};
    case MessageType::kHeaders: return read_headers(in);
    case MessageType::kAnnounce: return Announce{SealedHeader::read(in)};
    case MessageType::kGetBody: return GetBody{in.hash()};
    case MessageType::kBody: return read_body(in);
    case MessageType::kGetChunk: {
      GetChunk m;
      m.block = in.hash();
      m.index = in.integer<std::uint64_t>();
      return m;
    }
    case MessageType::kChunk: return read_chunk(in);
    case MessageType::kNotFound: return read_not_found(in);
    case MessageType::kReject: return read_reject(in);
    case MessageType::kHaveTransactions: return HaveTransactions{read_hashes(in, kMaxTransactions)};
    case MessageType::kGetTransactions: return GetTransactions{read_hashes(in, kMaxTransactions)};
    case MessageType::kTransactions: return read_transactions(in);
    case MessageType::kGetModelChunk: {
      GetModelChunk m;
      m.root = in.hash();
      m.index = in.integer<std::uint64_t>();
      return m;
    }
  }
  in.fail(RejectCode::kUnknownMessage, "message type " + std::to_string(static_cast<int>(type)));
  return Ping{};
}

}  // namespace

Bytes encode(const Message& message) {
  Writer out;
  std::visit(Encoder{out}, message);
  return out.take();
}

MessageType type_of(const Message& message) {
  return std::visit([](const auto& m) { return m.kType; }, message);
}

Result<Message> decode(MessageType type, ByteView payload) {
  Reader in(payload);
  Message message = read_message(type, in);
  if (auto done = in.finish(); !done) return tl::unexpected<Reject>(done.error());
  return message;
}

std::string printable(std::string_view text, std::size_t most) {
  std::string clean(text.substr(0, most));
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return !is_printable(c); }, '?');
  return clean;
}

}  // namespace freezenet::net
