// Writes what the fuzzer begins with: for each target some true values, from the encoders that nodes use.
//   make_seeds FOLDER        makes FOLDER/TARGET/NAME

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"
#include "consensus/crypto/schnorr.h"
#include "consensus/watermark.h"
#include "daemon/lab/checkpoint.h"
#include "daemon/network_json.h"
#include "daemon/options.h"
#include "daemon/rpc/base64.h"
#include "daemon/rpc/basic_auth.h"
#include "daemon/rpc/signature.h"
#include "daemon/storage/chain_rows.h"
#include "daemon/submitted_work.h"
#include "daemon/task_json.h"
#include "net/messages.h"
#include "net/node_identity.h"
#include "tests/fuzz/tiny_task.h"
#include "tests/unit/daemon/storage/chain_fixture.h"
#include "tests/unit/daemon/wallet/wallet_fixture.h"
#include "training/model_file.h"
#include "training/query_protocol.h"

namespace freezenet::fuzz {
namespace {

namespace fs = std::filesystem;
using daemon::test::block_after;
using daemon::test::hash_of;

class Seeds {
 public:
  explicit Seeds(fs::path root) : root_(std::move(root)) {}
  void add(const std::string& target, const std::string& name, ByteView data) const {
    fs::create_directories(root_ / target);
    std::ofstream out(root_ / target / name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  }
  void add(const std::string& target, const std::string& name, std::string_view text) const {
    add(target, name, as_view(text));
  }

 private:
  fs::path root_;
};

Writer sized(ByteView data) { return std::move(Writer().integer(static_cast<std::uint16_t>(data.size())).bytes(data)); }

Bytes joined(std::initializer_list<std::uint8_t> choices, ByteView data) {
  Bytes all(choices);
  all.insert(all.end(), data.begin(), data.end());
  return all;
}

StoredBlock signed_block() {
  StoredBlock block = block_after(hash_of(1), 1);
  const auto key = SecretKey::from_bytes(hash_of(9).bytes);
  block.header.candidate.miner_key = key->public_key();
  block.header.candidate.bits = 0x207fffff;
  block.header.signature = key->sign(block.header.block_hash());
  return block;
}

Transaction signed_transaction(std::variant<Transfer, Claim> action) {
  Transaction transaction;
  transaction.fee = 200;
  transaction.action = std::move(action);
  transaction.sign(*SecretKey::from_bytes(hash_of(1).bytes), hash_of(2));
  return transaction;
}

void consensus_seeds(const Seeds& seeds) {
  const StoredBlock block = signed_block();
  seeds.add("header", "signed", encoded(block.header));
  seeds.add("body", "four", encoded(block.body));
  seeds.add("body", "empty", encoded(Body{}));
  Body spending = block.body;
  spending.transactions = {signed_transaction(Transfer{XOnlyKey{hash_of(5).bytes}, 7}),
                           signed_transaction(Claim{hash_of(6), ClaimScheme::kDeepWater, hash_of(7)})};
  seeds.add("body", "transactions", encoded(spending));
  seeds.add("transaction", "transfer", encoded(spending.transactions[0]));
  seeds.add("transaction", "claim", encoded(spending.transactions[1]));
  seeds.add("task", "digits", encoded(digits_task()));
  seeds.add("task", "tiny", encoded(tiny_task()));
  seeds.add("task", "residual", encoded(residual_task()));
  seeds.add("task", "augmented", encoded(residual_task({1, true})));
  for (const std::uint8_t width : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{32}}) {
    const Bytes choices{width, 20, 0, 0, 0, 7};
    seeds.add("chunk", "true-" + std::to_string(width), choices);
    seeds.add("chunk", "damaged-" + std::to_string(width), Bytes({width, 20, 0, 0, 0, 7, 3, 2, 0, 0, 1, 5, 0, 3, 8}));
  }
  const std::string address = encode_address("fzrt", block.header.candidate.miner_key);
  seeds.add("address", "text", joined({1}, as_view(address)));
  seeds.add("address", "groups", joined({0, 2}, Bytes(53, 0)));
  seeds.add("hex", "hash", to_hex(hash_of(1)));
  seeds.add("hex", "bytes", "00ffAB");
  seeds.add("signed_model", "stamped", joined({1}, Bytes(32 + 40, 0)));
  seeds.add("signed_model", "bare", joined({0}, Bytes(32 + 40, 0x3f)));
}

void net_seeds(const Seeds& seeds) {
  using namespace net;
  const StoredBlock block = signed_block();
  const Hash256 hash = block.header.block_hash();
  MerkleProof proof;
  proof.siblings = {hash_of(1), hash_of(2)};
  Hello hello;
  hello.network = "regtest";
  hello.genesis = hash_of(1);
  hello.engine = 1;
  hello.height = 1;
  hello.tip = hash;
  hello.work = Uint256(2);
  hello.user_agent = "freezenet/0.1.0";
  hello.listen_port = 19743;
  hello.flags = kServesModels;
  const std::pair<const char*, Message> messages[] = {
      {"hello", hello},
      {"ping", Ping{7}},
      {"pong", Pong{7}},
      {"get_headers", GetHeaders{{hash, hash_of(1)}}},
      {"headers", Headers{{block.header, block.header}}},
      {"headers-none", Headers{}},
      {"announce", Announce{block.header}},
      {"get_body", GetBody{hash}},
      {"body", BodyData{hash, encoded(block.body)}},
      {"get_chunk", GetChunk{hash, 1}},
      {"chunk", Chunk{hash, 1, Bytes(300, 1), proof}},
      {"not_found", NotFound{MessageType::kGetBody, hash, 0}},
      {"not_found-chunk", NotFound{MessageType::kGetChunk, hash, 3}},
      {"reject", RejectMessage{"wrong-network", "another network"}},
  };
  Bytes stream;
  for (const auto& [name, value] : messages) {
    const Bytes payload = encode(value);
    seeds.add("message", name, joined({static_cast<std::uint8_t>(type_of(value))}, payload));
    const Bytes frame = encode_frame(0x74725A46, type_of(value), payload);
    seeds.add("frame", name, frame);
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  seeds.add("frame", "all", stream);
  for (const char* address : {"127.0.0.1:9555", "[::1]:9555", "node.example.org:1", "[fe80::1%eth0]:65535"})
    seeds.add("host_port", std::string("address-") + std::to_string(std::string_view(address).size()),
              std::string_view(address));

  const auto identity = NodeIdentity::generate();
  unsigned char* der = nullptr;
  const int length = i2d_X509(identity->certificate(), &der);
  seeds.add("certificate", "ed25519", ByteView(der, static_cast<std::size_t>(length)));
  OPENSSL_free(der);
}

void training_seeds(const Seeds& seeds) {
  const Task task = tiny_task();
  const Plan plan = tiny_plan(task);
  const std::vector<float> weights = genesis_weights(plan, task.id());
  const Bytes model = training::write_model(task, plan, weights, {{"kind", "sealed"}});
  seeds.add("safetensors", "whole", joined({2}, training::write_safetensors(plan.tensors, weights, {{"a", "b"}})));
  seeds.add("safetensors", "none", joined({0}, training::write_safetensors({}, {}, {})));
  // The same without its eight bytes of length, which these targets write themselves.
  Reader in(model);
  const auto header = in.take(static_cast<std::size_t>(in.integer<std::uint64_t>()));
  const Bytes parts = sized(header).bytes(in.take(in.left())).take();
  seeds.add("model_file", "sealed", parts);
  seeds.add("safetensors", "offsets", joined({192 + 2, 0, 0}, as_bytes(std::span<const float>(weights))));
  seeds.add("safetensors", "parts", joined({128 + 2}, parts));
  seeds.add("strict_object", "header", header);
  Writer spec;
  for (const std::uint32_t field : {1U, 2U, 2U, 3U, 2U, 1U}) spec.integer(field);
  seeds.add("dataset", "three", spec.integer(std::uint8_t{1}).bytes(Bytes(15, 2)).data());
}

void dataset_seeds(const Seeds& seeds) {
  const Bytes images{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};
  const Bytes labels{0, 0, 8, 1, 0, 0, 0, 2, 1, 0};
  seeds.add("idx", "images", joined({0}, images));
  seeds.add("idx", "labels", joined({1}, labels));
  seeds.add("idx", "huge",
            joined({2, 16, 0, 0, 0, 0, 64, 0, 0}, Bytes{0, 0, 8, 3, 4, 0, 0, 0, 0, 0, 4, 0, 0, 0, 4, 0}));
  Writer idx;
  idx.integer(std::uint8_t{0});
  for (int split = 0; split < 2; ++split) idx.bytes(sized(images).data()).bytes(sized(labels).data());
  seeds.add("dataset_folder", "idx", idx.data());
  seeds.add("dataset_folder", "cifar10", Bytes{1, 1, 9, 1, 2, 8, 2, 7, 3, 1, 0, 0, 1, 1, 1, 1, 2, 2, 1, 3, 3});
}

void query_seeds(const Seeds& seeds) {
  const std::vector<float> images{1, 2, 3, 4}, scores{0.5F, 0.25F, 0.25F};
  const Bytes request = training::encode_request(1, images), answer = training::encode_answer(1, scores);
  seeds.add("query_protocol", "exchange", Writer().bytes(request).bytes(answer).data());
  seeds.add("query_protocol", "session",
            Writer().bytes(training::encode_hello({1, 1, 4, 3})).bytes(request).bytes(answer).data());
  seeds.add("query_protocol", "error", training::encode_error("a request without an image"));
}

void lab_seeds(const Seeds& seeds) {
  Task task = tiny_task();
  task.dataset.train_count = 32;
  task.dataset.evaluation_count = task.evaluation_slice = 1;
  const Bytes samples(33 * 5, 1);
  task.dataset.root = chunked_root(samples);
  const auto dataset = training::Dataset::from_static(task.dataset, samples);
  const Plan plan = tiny_plan(task);
  training::Engine engine(task, plan);
  lab::TrainingRun run(engine, *dataset, task, plan, {.seed = hash_of(1), .watermark_ppm = 1000, .rates = {0.1F, 0.3F}},
                       genesis_weights(plan, task.id()));
  (void)run.step();
  const Bytes file = lab::write_checkpoint(tiny_task(), plan, run, 12.5);
  Reader in(file);
  const auto header = in.take(static_cast<std::size_t>(in.integer<std::uint64_t>()));
  seeds.add("lab_checkpoint", "step", joined({1}, sized(header).bytes(in.take(in.left())).data()));
  seeds.add("task_file", "tiny", "// tiny\n" + daemon::to_json(tiny_task()).dump(1));
  auto unpinned = daemon::to_json(tiny_task());
  unpinned["dataset"]["root"] = daemon::kUnpinned;
  seeds.add("task_file", "unpinned", unpinned.dump());
}

void file_seeds(const Seeds& seeds, const fs::path& scratch) {
  using namespace daemon;
  NetworkParams params = regtest_params();
  params.tasks = {tiny_task()};
  seeds.add("network_file", "tiny", network_file_text({params, 1, 2}));
  params.tasks = {residual_task({1, true})};
  seeds.add("network_file", "residual", network_file_text({params, 1, 2}));
  seeds.add("config_file", "sample", sample_config());
  seeds.add("config_file", "some", R"({"network": "regtest", "connect": ["127.0.0.1:1"], "mine": false, "port": 0})");
  seeds.add("strict_json", "config", R"({"a": [1, -2.5e3, true, null], /* c */ "b": {"c": "d\n"}} // end)");
  seeds.add("genesis_file", "regtest",
            R"({"network": "regtest", "genesis_time": 1767225600, "genesis_hash": ")" +
                to_hex(regtest_params().genesis_hash()) + "\"}");
  params = localnet_params();
  params.genesis_time = 1'800'000'000;
  seeds.add("genesis_file", "localnet",
            R"({"network": "localnet", "genesis_time": 1800000000, "genesis_hash": ")" + to_hex(params.genesis_hash()) +
                "\"}");
  const std::string secret = to_hex(ByteView(hash_of(9).bytes));
  seeds.add("miner_key", "key", secret + "\n");
  const std::string cookie = "__cookie__:" + secret;
  seeds.add("rpc_access", "both", sized(as_view(cookie)).bytes(as_view("127.0.0.1:19742\n")).data());
  seeds.add("rpc_access", "v6", sized(as_view(cookie)).bytes(as_view("[::1]:19742\n")).data());
  const auto pem = scratch / "node.key";
  require(net::NodeIdentity::load_or_create(pem).has_value(), "a key can be made");
  std::ifstream in(pem, std::ios::binary);
  seeds.add("node_key", "ed25519", std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>()));
  seeds.add("chain_database", "sound", Bytes{0});
  seeds.add("chain_database", "damaged", Bytes{0, 0, 32, 0, 0, 1});
  seeds.add("chain_database", "cut", Bytes{7, 0, 32, 0, 0});
  // One plain and one encrypted, without their checksums, which the target adds.
  const auto wallet_seed = [&](const char* name, const WalletFile& wallet) {
    const Bytes file = wallet.encode();
    seeds.add("wallet_file", name, joined({1}, ByteView(file).first(file.size() - 32)));
  };
  wallet_seed("plain", test::plain_file());
  wallet_seed("encrypted", test::sealed_file());
  wallet_seed("empty", {"regtest", {}, {}});
  seeds.add("wallet_file", "summed", joined({0}, test::plain_file().encode()));
  seeds.add("model_store", "right", joined({2, 1}, Bytes(8, 1)));
  seeds.add("model_store", "wrong", joined({2, 0}, Bytes(8, 1)));
}

void row_seeds(const Seeds& seeds) {
  const StoredBlock block = signed_block();
  const ChainChange change = daemon::test::connect(block, 1);
  seeds.add("chain_rows", "undo", joined({0}, encoded(change.connected[0].undo)));
  seeds.add("chain_rows", "head", joined({1}, daemon::ChainHead{hash_of(1), 1, hash_of(2), 3}.encode()));
  seeds.add("chain_rows", "account", joined({2, 66}, Bytes(32, 5)));
  Writer row;
  seeds.add("chain_rows", "claim",
            joined({4}, encoded(ClaimRecord{{hash_of(1), ClaimScheme::kGradSigns, hash_of(2)}, {}, 3, hash_of(4)})));
  row.integer(std::uint8_t{5}).integer(std::uint8_t{1}).hash(hash_of(3)).bytes(Bytes{7, 8, 1, 9, 1});
  row.bytes(encoded(block.header)).bytes(sized(encoded(block.body)).data()).bytes(Bytes{1, 66}).hash(hash_of(4));
  seeds.add("chain_rows", "block", row.data());
  seeds.add("chain_rows", "any", joined({3}, Bytes(200, 66)));
}

/// What workers and their node say to each other.
void work_seeds(const Seeds& seeds) {
  using namespace daemon;
  Body paid;
  paid.transactions = {signed_transaction(Transfer{XOnlyKey{hash_of(5).bytes}, 7})};
  SealedHeader sealed;
  sealed.candidate.task_id = regtest_params().tasks.front().id();
  sealed.candidate.bits = regtest_params().genesis_bits;
  for (const Body& body : {Body{}, paid}) {
    sealed.candidate.body_root = body.body_root();
    const nlohmann::json work = {{"network", "regtest"},   {"header", to_hex(encoded(sealed.candidate))},
                                 {"body", body_hex(body)}, {"height", 3U},
                                 {"signed_by", "node"},    {"longpollid", "1-2-3"}};
    seeds.add("work_template", body == paid ? "transactions" : "work", joined({0}, as_view(work.dump())));
  }
  sealed.candidate.body_root = Body{}.body_root();
  seeds.add("work_template", "model", joined({1}, as_view(R"({"root":"00","data":"AAAA"})")));
  seeds.add("work_template", "fate", joined({2}, as_view(R"({"hash":"00","outcome":"stale"})")));
  const std::vector<Hash256> digests{hash_of(1), hash_of(2)};
  for (const bool is_signed : {false, true}) {
    seeds.add("submitted_work", is_signed ? "signed" : "unsigned",
              sized(as_view(header_hex(sealed, is_signed))).bytes(as_view(body_hex({{}, digests}))).data());
  }
  seeds.add("submitted_work", "transactions",
            sized(as_view(header_hex(sealed, false))).bytes(as_view(body_hex({paid.transactions, digests}))).data());
}

void rpc_seeds(const Seeds& seeds) {
  using namespace daemon;
  const std::string hash = to_hex(hash_of(1));
  for (const daemon::Signature& signature : signatures()) {
    nlohmann::json params = nlohmann::json::object();
    for (const Argument& argument : signature.arguments) {
      nlohmann::json value = argument.choices.empty() ? "text" : std::string(argument.choices.front());
      if (argument.type == ArgumentType::kInteger) value = 1;
      if (argument.type == ArgumentType::kBoolean) value = true;
      if (argument.type == ArgumentType::kHash || argument.type == ArgumentType::kBlock) value = hash;
      params[std::string(argument.name)] = value;
    }
    const nlohmann::json call = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", signature.name}, {"params", params}};
    seeds.add("rpc_request", std::string(signature.name), call.dump());
  }
  seeds.add("rpc_request", "batch", R"([{"jsonrpc":"2.0","method":"stop"},{"jsonrpc":"2.0","id":"a","method":"x"}])");
  seeds.add("bounded_json", "call", R"({"jsonrpc":"2.0","id":1,"method":"getblock","params":[1,"a",{"b":null}]})");
  seeds.add("base64", "text", to_base64(as_view("any carnal pleas")));
  seeds.add("authorization", "right", BasicAuth("__cookie__:0123456789abcdef").header());
  seeds.add("authorization", "user", BasicAuth("alice:0123456789abcdef").header());
  const std::string salt(32, '1'), mac(64, '2');
  seeds.add("rpc_auth", "right", "alice:" + salt + "$" + mac);
  seeds.add("rpc_auth", "short", "alice:" + salt + "$" + mac.substr(1));
  seeds.add("rpc_auth", "cookie", "__cookie__:" + salt + "$" + mac);
  seeds.add("redact", "named", std::string("password=\n"));
  seeds.add("redact", "forms", std::string("Authorization: Basic c2VjcmV0\n-----BEGIN PRIVATE KEY-----\nMIGH\n"));
  const Bytes refused{0x91, 1};
  const Bytes answer =
      joined({200, 0}, as_view(R"({"jsonrpc":"2.0","id":1,"result":{"network":"regtest","now":1767225700,)"
                               R"("uptime":9,"chain":{"height":1,"hash":"ab","interval":1,"score":3,)"
                               R"("evaluation_slice":9,"task":"digits"},"mining":{"enabled":true,"state":)"
                               R"("mining","segments_per_second":{"10s":1.5}},"blocks":[{"height":1}],)"
                               R"("peers":[{"address":"127.0.0.1:1","ping_ms":0.5}],"dials":[{)"
                               R"("failures":1}],"last_reject":{"what":"x","advice":"y"}}})"));
  seeds.add("rpc_response", "status", answer);
  seeds.add("rpc_response", "error", joined({200, 0}, as_view(R"({"id":1,"error":{"code":-32000,"message":"no"}})")));
  seeds.add("rpc_response", "cookie", refused);
}

}  // namespace

void make_seeds(const fs::path& root) {
  const Seeds seeds(root);
  consensus_seeds(seeds);
  net_seeds(seeds);
  training_seeds(seeds);
  dataset_seeds(seeds);
  query_seeds(seeds);
  lab_seeds(seeds);
  file_seeds(seeds, root);
  row_seeds(seeds);
  rpc_seeds(seeds);
  work_seeds(seeds);
  fs::remove(root / "node.key");
}

}  // namespace freezenet::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_seeds FOLDER\n");
    return 2;
  }
  std::filesystem::create_directories(argv[1]);
  freezenet::fuzz::make_seeds(argv[1]);
  return 0;
}
