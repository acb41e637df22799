#include "training/safetensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "consensus/base/serialize.h"

namespace freezenet::training {
namespace {

std::vector<TensorSpec> two_tensors() { return {{"0.weight", {2, 3}, 0, 6}, {"0.bias", {2}, 6, 2}}; }

const std::vector<float> kWeights = {1.0F, -2.0F, 0.5F, 3.25F, 1e-40F, -7.0F, 8.0F, 9.0F};

/// A file of which the test writes the header itself.
Bytes file_of(std::string header, std::span<const float> data) {
  Writer out;
  out.integer(std::uint64_t{header.size()});
  out.bytes({reinterpret_cast<const std::uint8_t*>(header.data()), header.size()});
  out.bytes(as_bytes(data));
  return out.take();
}

RejectCode code_of(const Bytes& file) {
  const auto read = read_safetensors(two_tensors(), file);
  EXPECT_FALSE(read.has_value());
  return read ? RejectCode::kConfig : read.error().code;
}

std::string detail_of(const std::string& header) {
  const auto read = read_safetensors(two_tensors(), file_of(header, kWeights));
  EXPECT_FALSE(read.has_value()) << header;
  if (read) return "accepted";
  EXPECT_EQ(read.error().code, RejectCode::kBadEncoding) << header;
  return read.error().detail;
}

constexpr const char* kWeight = R"("0.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]})";
constexpr const char* kBias = R"("0.bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]})";

std::string object(const std::string& inner) { return "{" + inner + "}"; }

TEST(Safetensors, ReadsBackWhatItWrote) {
  const Metadata metadata{{"format", "freezenet-model-1"}, {"note", "quote \" and \n line, \xc3\xbc"}};
  const Bytes file = write_safetensors(two_tensors(), kWeights, metadata);
  const auto read = read_safetensors(two_tensors(), file);
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(read->weights, kWeights);
  EXPECT_EQ(read->metadata, metadata);
}

TEST(Safetensors, DataIsAlignedAndTheHeaderStartsWithABrace) {
  for (std::size_t length = 0; length < 9; ++length) {
    const Bytes file = write_safetensors(two_tensors(), kWeights, {{"k", std::string(length, 'x')}});
    std::uint64_t header = 0;
    std::memcpy(&header, file.data(), sizeof header);
    EXPECT_EQ(header % 8, 0U);
    EXPECT_EQ(file[8], '{');
    EXPECT_EQ(file.size(), 8 + header + 4 * kWeights.size());
    EXPECT_EQ(std::memcmp(file.data() + 8 + header, kWeights.data(), 4 * kWeights.size()), 0);
  }
}

TEST(Safetensors, KeepsEveryBitPattern) {
  std::vector<float> weights(8);
  const std::uint32_t bits[8] = {0x7fc00001, 0xffc12345, 0x80000000, 0x7f800000, 0x00000001, 0xff7fffff, 0x7f812345, 0};
  std::memcpy(weights.data(), bits, sizeof bits);
  const auto read = read_safetensors(two_tensors(), write_safetensors(two_tensors(), weights, {}));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(std::memcmp(read->weights.data(), bits, sizeof bits), 0);
}

TEST(Safetensors, MetadataThatIsNoTextIsWrittenAsTextAllTheSame) {
  const auto read = read_safetensors(two_tensors(), write_safetensors(two_tensors(), kWeights, {{"k", "\xff\xfe"}}));
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(read->metadata.at("k"), "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Safetensors, TakesTensorsInAnyOrderOfKeysAndOfData) {
  const auto keys = read_safetensors(two_tensors(), file_of(object(std::string(kBias) + "," + kWeight), kWeights));
  ASSERT_TRUE(keys.has_value()) << keys.error().message();
  EXPECT_EQ(keys->weights, kWeights);

  const std::string bias_first = object(R"("0.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                                        R"("0.weight":{"data_offsets":[8,32],"shape":[2,3],"dtype":"F32"})");
  std::vector<float> data(kWeights);
  std::rotate(data.begin(), data.begin() + 6, data.end());
  const auto swapped = read_safetensors(two_tensors(), file_of(bias_first, data));
  ASSERT_TRUE(swapped.has_value()) << swapped.error().message();
  EXPECT_EQ(swapped->weights, kWeights);
}

TEST(Safetensors, NamesWhatIsWrongWithTheHeader) {
  const std::string both = std::string(kWeight) + "," + kBias;
  EXPECT_NE(detail_of("[]").find("no object at its start"), std::string::npos);
  EXPECT_NE(detail_of(" " + object(both)).find("no object at its start"), std::string::npos);
  EXPECT_NE(detail_of("{").find("no JSON at byte"), std::string::npos);
  EXPECT_NE(detail_of(object(both) + "x").find("no JSON at byte"), std::string::npos);
  EXPECT_NE(detail_of(object(both) + std::string(1, '\0') + "{}").find("zero byte"), std::string::npos);
  EXPECT_NE(detail_of(object(both + "," + kBias)).find("the key '0.bias' twice"), std::string::npos);
  EXPECT_NE(detail_of(object(kWeight)).find("'0.bias' is missing"), std::string::npos);
  EXPECT_NE(detail_of(object(both + R"(,"1.weight":{"dtype":"F32","shape":[0],"data_offsets":[32,32]})"))
                .find("no tensor '1.weight'"),
            std::string::npos);
  EXPECT_NE(detail_of(object(both + R"(,"__metadata__":{"a":1})")).find("is not text"), std::string::npos);
  EXPECT_NE(detail_of(object(both + R"(,"__metadata__":[])")).find("not an object"), std::string::npos);
  EXPECT_NE(detail_of(object(both + R"(,"__metadata__":{"a":{"b":{"c":"d"}}})")).find("nested deeper"),
            std::string::npos);
  EXPECT_NE(detail_of(object(both + R"(,"__metadata__":{"a":"1","a":"2"})")).find("twice"), std::string::npos);
  EXPECT_NE(detail_of(object(both + R"(,"__metadata__":null)")).find("a null"), std::string::npos);
  EXPECT_NE(detail_of(object(both + ",\"__metadata__\":{\"a\":\"\xff\"}")).find("no JSON"), std::string::npos);
}

TEST(Safetensors, NamesWhatIsWrongWithATensor) {
  const auto weight = [](const std::string& entry) { return object(R"("0.weight":)" + entry + "," + kBias); };
  EXPECT_NE(detail_of(weight(R"({"dtype":"F16","shape":[2,3],"data_offsets":[0,24]})")).find("dtype F32"),
            std::string::npos);
  EXPECT_NE(detail_of(weight(R"({"dtype":"F32","shape":[3,2],"data_offsets":[0,24]})")).find("shape [2, 3]"),
            std::string::npos);
  EXPECT_NE(detail_of(weight(R"({"dtype":"F32","shape":[6],"data_offsets":[0,24]})")).find("shape [2, 3]"),
            std::string::npos);
  EXPECT_NE(detail_of(weight(R"({"dtype":"F32","shape":[2,3],"data_offsets":[0,28]})")).find("do not span"),
            std::string::npos);
  EXPECT_NE(detail_of(weight(R"({"dtype":"F32","shape":[2,3],"data_offsets":[24,0]})")).find("do not span"),
            std::string::npos);
  EXPECT_NE(detail_of(weight(R"({"dtype":"F32","shape":[2,3],"data_offsets":[4,28]})")).find("a gap or an overlap"),
            std::string::npos);
  EXPECT_NE(
      detail_of(weight(R"({"dtype":"F32","shape":[2,3],"data_offsets":[18446744073709551600,8]})")).find("do not span"),
      std::string::npos);
  EXPECT_NE(
      detail_of(weight(R"({"dtype":"F32","shape":[2,3],"data_offsets":[0,18446744073709551640]})")).find("no integer"),
      std::string::npos);
  EXPECT_NE(detail_of(weight(R"({"dtype":"F32","shape":[2,3],"data_offsets":[0,24.0]})")).find("no integer"),
            std::string::npos);
  EXPECT_NE(detail_of(weight(R"({"dtype":"F32","shape":[2,-3],"data_offsets":[0,24]})")).find("negative"),
            std::string::npos);
  EXPECT_NE(detail_of(weight(R"({"dtype":"F32","shape":[2,3],"data_offsets":[0]})")).find("two data_offsets"),
            std::string::npos);
  EXPECT_NE(detail_of(weight(R"({"dtype":"F32","shape":[2,3]})")).find("needs dtype"), std::string::npos);
  EXPECT_NE(detail_of(weight(R"("F32")")).find("needs dtype"), std::string::npos);
  // Both tensors over the same bytes, and one byte range used by nobody.
  EXPECT_NE(detail_of(object(std::string(kWeight) + R"(,"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[16,24]})"))
                .find("overlap"),
            std::string::npos);
  EXPECT_NE(detail_of(object(std::string(kWeight) + R"(,"0.bias":{"dtype":"F32","shape":[2],"data_offsets":[28,36]})"))
                .find("gap"),
            std::string::npos);
}

TEST(Safetensors, RefusesAHeaderLengthBeforeItReservesMemory) {
  Bytes file = write_safetensors(two_tensors(), kWeights, {});
  std::fill(file.begin(), file.begin() + 8, std::uint8_t{0xff});
  EXPECT_EQ(code_of(file), RejectCode::kTooLarge);
  EXPECT_EQ(code_of(file_of(std::string(kMaxSafetensorsHeader + 1, ' '), kWeights)), RejectCode::kTooLarge);
}

TEST(Safetensors, RefusesDataOfAnotherLength) {
  Bytes file = write_safetensors(two_tensors(), kWeights, {});
  file.push_back(0);
  EXPECT_EQ(code_of(file), RejectCode::kWrongModelSize);
  file.pop_back();
  file.pop_back();
  EXPECT_EQ(code_of(file), RejectCode::kWrongModelSize);
}

TEST(Safetensors, NoPrefixIsAFile) {
  const Bytes file = write_safetensors(two_tensors(), kWeights, {{"kind", "sealed"}});
  for (std::size_t length = 0; length < file.size(); ++length) {
    EXPECT_FALSE(read_safetensors(two_tensors(), ByteView(file).first(length)).has_value()) << length;
  }
}

/// A changed byte is refused, or it changed the weights or the metadata and is seen there, or it changed nothing that
/// has a meaning: white space between the JSON values.
TEST(Safetensors, NoChangedByteGoesUnseen) {
  const Metadata metadata{{"kind", "sealed"}};
  const Bytes file = write_safetensors(two_tensors(), kWeights, metadata);
  std::uint64_t header = 0;
  std::memcpy(&header, file.data(), sizeof header);
  std::size_t accepted_header = 0;
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (int change = 1; change < 256; ++change) {
      Bytes changed = file;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ change);
      const auto read = read_safetensors(two_tensors(), changed);
      if (i >= 8 + header) {
        ASSERT_TRUE(read.has_value());
        ASSERT_NE(std::memcmp(read->weights.data(), kWeights.data(), 4 * kWeights.size()), 0);
      } else if (read) {
        const bool space = file[i] == ' ' && std::strchr("\t\n\r", changed[i]) != nullptr;
        ASSERT_TRUE(space || read->metadata != metadata) << "byte " << i << " to " << int{changed[i]};
        ASSERT_EQ(read->weights, kWeights);
        ++accepted_header;
      }
    }
  }
  EXPECT_GT(accepted_header, 0U);
}

TEST(Safetensors, RandomDamageNeverCrashesIt) {
  const Bytes file = write_safetensors(two_tensors(), kWeights, {{"kind", "sealed"}, {"block", std::string(64, 'a')}});
  std::mt19937 random(20240229);
  for (int round = 0; round < 20000; ++round) {
    Bytes changed = file;
    const std::size_t edits = 1 + random() % 6;
    for (std::size_t e = 0; e < edits && !changed.empty(); ++e) {
      const std::size_t at = random() % changed.size();
      switch (random() % 4) {
        case 0: changed[at] = static_cast<std::uint8_t>("{}[]\",:0129- \\u"[random() % 15]); break;
        case 1: changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(at)); break;
        case 2:
          changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(random()));
          break;
        default: changed[at] = static_cast<std::uint8_t>(random()); break;
      }
    }
    if (const auto read = read_safetensors(two_tensors(), changed)) {
      ASSERT_EQ(read->weights.size(), kWeights.size());
    } else {
      ASSERT_FALSE(read.error().detail.empty());
    }
  }
}

TEST(Safetensors, DeepNestingIsRefusedWithoutDepthOfStack) {
  EXPECT_NE(detail_of("{\"a\":" + std::string(500'000, '[')).find("nested deeper"), std::string::npos);
}

}  // namespace
}  // namespace freezenet::training
