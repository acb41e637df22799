#include "daemon/network_file.h"

#include <bit>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"
#include "daemon/json_fields.h"
#include "daemon/network_json.h"
#include "tests/unit/daemon/setup/temporary_folder.h"
#include "tests/unit/source_dir.h"

namespace freezenet::daemon {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class FixedClock final : public Clock {
 public:
  explicit FixedClock(std::uint64_t now) : now_(now) {}
  [[nodiscard]] std::uint64_t unix_seconds() const override { return now_; }

 private:
  std::uint64_t now_;
};

const std::vector<fs::path>& source_configs() {
  static const std::vector<fs::path> folders = {fs::path(freezenet::test::source_dir()) / "configs"};
  return folders;
}

std::string error_of(const std::string& text) {
  const auto network = network_from_json(text);
  if (network) return "(accepted)";
  EXPECT_EQ(network.error().code, RejectCode::kConfig);
  return network.error().detail;
}

/// The regtest file with one value changed by a JSON pointer.
std::string changed(const std::string& pointer, const nlohmann::json& value) {
  auto json = nlohmann::json::parse(network_file_text(*load_network("regtest", {})));
  json[nlohmann::json::json_pointer(pointer)] = value;
  return json.dump();
}

TEST(NetworkFile, TheFilesInConfigsAreTheCompiledInNetworks) {
  for (const std::string name : {"regtest", "localnet"}) {
    const auto compiled = load_network(name, {});
    ASSERT_TRUE(compiled);
    const std::string text = test::read_text(source_configs().front() / (name + ".json"));
    EXPECT_EQ(text, network_file_text(*compiled)) << name;
    const auto read = network_from_json(text);
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read->params.genesis_hash(), compiled->params.genesis_hash()) << name;
    EXPECT_EQ(read->p2p_port, compiled->p2p_port);
    EXPECT_EQ(read->rpc_port, compiled->rpc_port);
  }
}

TEST(NetworkFile, TestnetLoadsFromItsFile) {
  const auto network = load_network("testnet", source_configs());
  ASSERT_TRUE(network) << network.error().detail;
  EXPECT_EQ(network->params.genesis_time, 1'795'305'600U);  // 2026-11-22 00:00 UTC
  EXPECT_EQ(network->params.address_prefix, "tfz");
  EXPECT_EQ(network->params.interval, 60U);
  EXPECT_TRUE(network->params.retarget);
  EXPECT_FALSE(network->leaves_genesis_time());
  EXPECT_EQ(test::read_text(source_configs().front() / "testnet.json"), network_file_text(*network));
}

TEST(NetworkFile, NetworksDoNotShareMagicOrPorts) {
  std::set<std::uint64_t> seen;
  for (const std::string name : {"regtest", "localnet", "testnet"}) {
    const auto network = load_network(name, source_configs());
    ASSERT_TRUE(network);
    EXPECT_TRUE(seen.insert(network->params.magic).second);
    EXPECT_TRUE(seen.insert(network->p2p_port).second);
    EXPECT_TRUE(seen.insert(network->rpc_port).second);
  }
}

TEST(NetworkFile, EveryFieldReachesTheGenesisHash) {
  const Hash256 original = network_from_json(network_file_text(*load_network("regtest", {})))->params.genesis_hash();
  const std::pair<const char*, nlohmann::json> changes[] = {{"/magic", "0x00000001"},
                                                            {"/address_prefix", "tfz"},
                                                            {"/genesis_time", 5},
                                                            {"/genesis_bits", "0x1f7fffff"},
                                                            {"/interval", 2},
                                                            {"/half_life", 61},
                                                            {"/subsidy", 7},
                                                            {"/halving_interval", 8},
                                                            {"/maturity", 11},
                                                            {"/adoption_window", 99},
                                                            {"/tasks/0/name", "other"},
                                                            {"/tasks/0/dataset/root", std::string(64, 'a')},
                                                            {"/tasks/0/inputs/0/7", 0.25},
                                                            {"/tasks/0/layers/0/out_channels", 8},
                                                            {"/tasks/0/batch", 16},
                                                            {"/tasks/0/steps", 64},
                                                            {"/tasks/0/momentum", 0.5},
                                                            {"/tasks/0/weight_decay", 0.001},
                                                            {"/tasks/0/label_smoothing", 0.1},
                                                            {"/tasks/0/rate_period", 9},
                                                            {"/tasks/0/rates/0", 0.1},
                                                            {"/tasks/0/watermark_ppm", 40000},
                                                            {"/tasks/0/evaluation_slice", 100},
                                                            {"/tasks/0/margin_ppm", 1},
                                                            {"/tasks/0/target_num", 2},
                                                            {"/tasks/0/target_den", 3},
                                                            {"/tasks/0/dataset/train_count", 1436}};
  for (const auto& [pointer, value] : changes) {
    const auto network = network_from_json(changed(pointer, value));
    ASSERT_TRUE(network) << pointer << ": " << network.error().detail;
    EXPECT_NE(network->params.genesis_hash(), original) << pointer;
  }
}

TEST(NetworkFile, EveryKindOfLayerAndAugmentationSurvivesTheFile) {
  Network network = *load_network("regtest", {});
  Task& task = network.params.tasks[0];
  task.layers = {Conv2d{4, 3, 1, 1}, GroupNorm{2, 1e-5F}, Relu{},        Conv2d{4, 3, 1, 1}, GroupNorm{4, 0.1F},
                 ResidualAdd{3},     MaxPool{2, 1},       AvgPool{3, 2}, Flatten{},          Linear{10}};
  for (const Augmentation augmentation :
       {Augmentation{4, true}, Augmentation{7, false}, Augmentation{0, true}, Augmentation{}}) {
    task.augmentation = augmentation;
    const std::string text = network_file_text(network);
    EXPECT_EQ(text.find("augmentation") != text.npos, augmentation != Augmentation{});
    const auto read = network_from_json(text);
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read->params.tasks[0], task);
    EXPECT_EQ(read->params.genesis_hash(), network.params.genesis_hash());
  }
}

// The same file, hashed by an independent implementation in Python (tests/functional/network_file.py).
TEST(NetworkFile, LayersAndAugmentationMeanTheSameToBothReaders) {
  auto json = nlohmann::json::parse(network_file_text(*load_network("regtest", {})));
  auto& task = json["tasks"][0];
  task["layers"] = nlohmann::json::parse(R"([
    {"kind": "conv2d", "out_channels": 4, "kernel": 3, "stride": 1, "padding": 1},
    {"kind": "group_norm", "groups": 2, "epsilon": 1e-05},
    {"kind": "residual_add", "activation": 1},
    {"kind": "avg_pool", "kernel": 3, "stride": 2},
    {"kind": "flatten"}, {"kind": "linear", "out_features": 10}])");
  const auto plain = network_from_json(json.dump());
  ASSERT_TRUE(plain) << plain.error().detail;
  EXPECT_EQ(to_hex(ByteView(plain->params.tasks[0].id().bytes)),
            "7c243e023972f8ea0dae85107976310ef89b823b33bded0d26b590f9893a25cc");
  task["augmentation"] = {{"crop_padding", 4}, {"flip", true}};
  const auto augmented = network_from_json(json.dump());
  ASSERT_TRUE(augmented) << augmented.error().detail;
  EXPECT_EQ(to_hex(ByteView(augmented->params.tasks[0].id().bytes)),
            "9ab63e8ecc02a7deec1dffb4fc1c091944cf640ba038e510577356819f392a6d");
}

TEST(NetworkFile, MistakesInLayersAndAugmentation) {
  const auto layer = [](const char* text) {
    return error_of(changed("/tasks/0/layers/1", nlohmann::json::parse(text)));
  };
  EXPECT_THAT(layer(R"({"kind": "avg_pool", "kernel": 2})"), HasSubstr("layers[1].stride: is missing"));
  EXPECT_THAT(layer(R"({"kind": "avg_pool", "kernel": 2, "stride": 2, "padding": 0})"),
              HasSubstr("unknown key 'padding'"));
  EXPECT_THAT(layer(R"({"kind": "group_norm", "groups": 2})"), HasSubstr("layers[1].epsilon: is missing"));
  EXPECT_THAT(layer(R"({"kind": "group_norm", "groups": "2", "epsilon": 1e-5})"), HasSubstr("layers[1].groups"));
  EXPECT_THAT(layer(R"({"kind": "group_norm", "groups": 2, "epsilon": "1e-5"})"), HasSubstr("layers[1].epsilon"));
  EXPECT_THAT(layer(R"({"kind": "group_norm", "groups": 2, "epsilon": 0})"), HasSubstr("epsilon: above 0"));
  EXPECT_THAT(layer(R"({"kind": "group_norm", "groups": 3, "epsilon": 1e-5})"), HasSubstr("layer 1: groups"));
  EXPECT_THAT(layer(R"({"kind": "residual_add", "activation": -1})"), HasSubstr("layers[1].activation"));
  EXPECT_THAT(layer(R"({"kind": "residual_add", "activation": 2})"), HasSubstr("layer 1: it adds"));

  const auto augmented = [](const char* text) {
    return error_of(changed("/tasks/0/augmentation", nlohmann::json::parse(text)));
  };
  EXPECT_EQ(augmented(R"({"crop_padding": 4, "flip": false})"), "(accepted)");
  EXPECT_THAT(augmented("null"), HasSubstr("tasks[0].augmentation: must be an object"));
  EXPECT_THAT(augmented("{}"), HasSubstr("augmentation.crop_padding: is missing"));
  EXPECT_THAT(augmented(R"({"crop_padding": 4})"), HasSubstr("augmentation.flip: is missing"));
  EXPECT_THAT(augmented(R"({"crop_padding": 4, "flip": 1})"), HasSubstr("augmentation.flip: must be true or false"));
  EXPECT_THAT(augmented(R"({"crop_padding": 4.0, "flip": true})"), HasSubstr("augmentation.crop_padding"));
  EXPECT_THAT(augmented(R"({"crop_padding": 8, "flip": true})"), HasSubstr("crop_padding as large as the image"));
  EXPECT_THAT(augmented(R"({"crop_padding": 0, "flip": false})"), HasSubstr("augmentation: does nothing"));
  EXPECT_THAT(augmented(R"({"crop_padding": 4, "flip": true, "rotate": 1})"), HasSubstr("unknown key 'rotate'"));
}

TEST(NetworkFile, MistakesNameThePath) {
  EXPECT_THAT(error_of(changed("/intervall", 5)), HasSubstr("unknown key 'intervall'; did you mean interval?"));
  EXPECT_THAT(error_of(changed("/tasks/0/layers/0/kernal", 5)),
              HasSubstr("tasks[0].layers[0]: unknown key 'kernal'; did you mean kernel?"));
  EXPECT_THAT(error_of(changed("/tasks/0/layers/1/kind", "dropout")),
              HasSubstr("tasks[0].layers[1].kind: must be conv2d"));
  EXPECT_THAT(error_of(changed("/tasks/0/batch", -1)), HasSubstr("tasks[0].batch: must be a whole number"));
  EXPECT_THAT(error_of(changed("/tasks/0/batch", 4294967296)), HasSubstr("tasks[0].batch: must be a whole number"));
  EXPECT_THAT(error_of(changed("/tasks/0/batch", 32.0)), HasSubstr("tasks[0].batch"));
  EXPECT_THAT(error_of(changed("/tasks/0/momentum", "0.9")), HasSubstr("tasks[0].momentum"));
  EXPECT_THAT(error_of(changed("/tasks/0/momentum", 1e300)), HasSubstr("tasks[0].momentum"));
  EXPECT_THAT(error_of(changed("/tasks/0/inputs/0/3", nullptr)), HasSubstr("tasks[0].inputs[0][3]"));
  EXPECT_THAT(error_of(changed("/tasks/0/inputs/0", nlohmann::json::array({1, 2}))), HasSubstr("list of 256 numbers"));
  EXPECT_THAT(error_of(changed("/magic", 5)), HasSubstr("magic: must be \"0x\""));
  EXPECT_THAT(error_of(changed("/magic", "0x5")), HasSubstr("magic"));
  EXPECT_THAT(error_of(changed("/ports/p2p", 0)), HasSubstr("ports.p2p"));
  EXPECT_THAT(error_of(changed("/ports", 5)), HasSubstr("ports: must be an object"));
  EXPECT_THAT(error_of(changed("/retarget", 1)), HasSubstr("retarget: must be true or false"));
  EXPECT_THAT(error_of(changed("/tasks/0/dataset/root", "12")), HasSubstr("64 hexadecimal"));
  EXPECT_THAT(error_of("[]"), HasSubstr("must be an object"));
  EXPECT_THAT(error_of("{}"), HasSubstr("name: is missing"));
  EXPECT_THAT(error_of("{\"name\": \"a\", \"name\": \"b\"}"), HasSubstr("stands twice"));
}

TEST(NetworkFile, RulesOfConsensusHoldForFiles) {
  EXPECT_NE(error_of(changed("/tasks/0/momentum", 1.5)), "(accepted)");
  EXPECT_NE(error_of(changed("/tasks/0/layers/8/out_features", 9)), "(accepted)");
  EXPECT_NE(error_of(changed("/tasks/0/layers/6/out_features", 4294967295)), "(accepted)");
  EXPECT_NE(error_of(changed("/tasks", nlohmann::json::array())), "(accepted)");
  EXPECT_NE(error_of(changed("/name", "../x")), "(accepted)");
  EXPECT_NE(error_of(changed("/interval", 0)), "(accepted)");
}

TEST(NetworkFile, RealsSurviveTheFileBitForBit) {
  std::uint32_t state = 1;
  for (int i = 0; i < 200'000; ++i) {
    state = state * 1664525U + 1013904223U;
    const auto value = std::bit_cast<float>(state);
    if (!(value - value == 0)) continue;  // infinities and NaN are not written by any task
    const nlohmann::json json = nlohmann::json::parse(float_to_json(value).dump());
    const auto back = float_from_json(json);
    ASSERT_TRUE(back) << json;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(*back), state) << json;
  }
  EXPECT_EQ(float_to_json(0.05F).dump(), "0.05");
  EXPECT_EQ(float_to_json(15.9375F).dump(), "15.9375");
  EXPECT_EQ(std::bit_cast<std::uint32_t>(*float_from_json("0x3d4ccccd")), 0x3d4ccccdU);
  EXPECT_FALSE(float_from_json("0x3d4cccc"));
  EXPECT_FALSE(float_from_json(true));
}

TEST(NetworkFile, UnknownNetworksListTheKnownOnes) {
  const auto network = load_network("tesnet", source_configs());
  ASSERT_FALSE(network);
  EXPECT_THAT(network.error().detail,
              HasSubstr("there is no network 'tesnet'; did you mean testnet? (known: localnet, regtest, testnet)"));
  EXPECT_FALSE(load_network("../configs/testnet", source_configs()));
  EXPECT_FALSE(load_network("", source_configs()));
}

TEST(NetworkFile, AFileMustBeNamedAsItsNetwork) {
  const test::TemporaryFolder folder;
  const std::vector<fs::path> folders = {folder.path()};
  test::write_text(folder / "mine.json", network_file_text(*load_network("regtest", {})));
  EXPECT_THAT(load_network("mine", folders).error().detail, HasSubstr("describes the network 'regtest'"));
  // Nobody redefines a compiled-in network by a file in the current folder.
  test::write_text(folder / "regtest.json", changed("/interval", 2));
  EXPECT_EQ(load_network("regtest", folders)->params.interval, regtest_params().interval);
}

TEST(Genesis, LocalnetTakesItsTimeAtTheFirstStart) {
  const test::TemporaryFolder folder;
  const auto first = open_network("localnet", {}, folder.path(), std::nullopt, FixedClock(1'800'000'000));
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(first->params.genesis_time, 1'800'000'000U);
  const auto later = open_network("localnet", {}, folder.path(), std::nullopt, FixedClock(1'900'000'000));
  ASSERT_TRUE(later);
  EXPECT_EQ(later->params.genesis_hash(), first->params.genesis_hash());
  EXPECT_EQ(inspect_network("localnet", {}, folder.path())->params.genesis_hash(), first->params.genesis_hash());
  const auto other = open_network("localnet", {}, folder.path(), 5, FixedClock(1'900'000'000));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().detail, HasSubstr("was started with 1800000000"));
}

TEST(Genesis, NodesWithOneGenesisTimeMeet) {
  const test::TemporaryFolder a, b;
  const auto one = open_network("localnet", {}, a.path(), 1'800'000'000, FixedClock(1'800'000'100));
  const auto two = open_network("localnet", {}, b.path(), 1'800'000'000, FixedClock(1'800'000'200));
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->params.genesis_hash(), two->params.genesis_hash());
}

TEST(Genesis, AFutureTimeIsRefusedAndNothingIsWritten) {
  const test::TemporaryFolder folder;
  EXPECT_FALSE(open_network("localnet", {}, folder.path(), 1'800'001'000, FixedClock(1'800'000'000)));
  EXPECT_FALSE(fs::exists(folder / "genesis.json"));
  EXPECT_THAT(open_network("regtest", {}, folder.path(), 5, FixedClock(1'800'000'000)).error().detail,
              HasSubstr("has a fixed one"));
}

TEST(Genesis, AFolderBelongsToOneNetwork) {
  const test::TemporaryFolder folder;
  const FixedClock clock(1'800'000'000);
  ASSERT_TRUE(open_network("localnet", {}, folder.path(), std::nullopt, clock));
  const auto other = open_network("regtest", {}, folder.path(), std::nullopt, clock);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, RejectCode::kConfig);
  EXPECT_THAT(other.error().detail, HasSubstr("belongs to the network localnet, not to regtest"));
  EXPECT_FALSE(inspect_network("regtest", {}, folder.path()));
}

TEST(Genesis, ADamagedFileIsNamed) {
  const test::TemporaryFolder folder;
  const FixedClock clock(1'800'000'000);
  ASSERT_TRUE(open_network("localnet", {}, folder.path(), std::nullopt, clock));
  const std::string good = test::read_text(folder / "genesis.json");
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    test::write_text(folder / "genesis.json", bad);
    const auto network = open_network("localnet", {}, folder.path(), std::nullopt, clock);
    // Either refused, or the flip hit what means nothing (a blank between tokens stays no other network).
    if (network) {
      EXPECT_EQ(network->params.genesis_time, 1'800'000'000U) << bad;
    } else {
      EXPECT_EQ(network.error().code, RejectCode::kStorage) << bad;  // a damaged file, and no other network's
      EXPECT_THAT(network.error().detail, HasSubstr((folder / "genesis.json").string()));
      EXPECT_THAT(network.error().detail, HasSubstr("remove it"));
    }
  }
  test::write_text(folder / "genesis.json", "");
  EXPECT_EQ(open_network("localnet", {}, folder.path(), std::nullopt, clock).error().code, RejectCode::kStorage);
}

TEST(Genesis, AFileWithoutChecksumIsRead) {
  const test::TemporaryFolder folder;
  const FixedClock clock(1'800'000'000);
  ASSERT_TRUE(open_network("localnet", {}, folder.path(), std::nullopt, clock));
  auto json = nlohmann::json::parse(test::read_text(folder / "genesis.json"));
  json.erase("checksum");
  test::write_text(folder / "genesis.json", json.dump());
  EXPECT_TRUE(open_network("localnet", {}, folder.path(), std::nullopt, clock));
  json["genesis_hash"] = std::string(64, 'a');
  test::write_text(folder / "genesis.json", json.dump());
  const auto other = open_network("localnet", {}, folder.path(), std::nullopt, clock);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, RejectCode::kConfig);
}

}  // namespace
}  // namespace freezenet::daemon
