#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "consensus/crypto/sha256.h"
#include "consensus/default_task.h"
#include "tests/unit/source_dir.h"
#include "training/dataset/digits.h"
#include "training/evaluate.h"
#include "training/model_file.h"
#include "training/segment.h"

namespace freezenet::training {
namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The code block of the document itself, so that what users copy is what is tested.
std::string python_of_the_document() {
  const std::string text = read_text(std::filesystem::path(test::source_dir()) / "docs/models.md");
  const std::string fence = "```python\n";
  const auto begin = text.find(fence);
  if (begin == std::string::npos) return {};
  const auto end = text.find("```", begin + fence.size());
  return text.substr(begin + fence.size(), end - begin - fence.size());
}

/// Debian's interpreter first: its python3-torch is not seen by one that a user put before it in the path.
std::string python_with_torch() {
  for (const char* python : {"/usr/bin/python3", "python3"}) {
    if (std::system((std::string(python) + " -c 'import torch' >/dev/null 2>&1").c_str()) == 0) return python;
  }
  return {};
}

struct Output {
  std::string text;
  int status = -1;
};

Output run(const std::string& command) {
  Output output;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 256> buffer{};
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) output.text += buffer.data();
  output.status = pclose(pipe);
  return output;
}

class LoaderTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void write(const std::string& name, ByteView data) const {
    std::ofstream(folder / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("freezenet-loader-" + std::to_string(::getpid()));
};

TEST_F(LoaderTest, TheDocumentsTenLinesOfPyTorchScoreWhatTheNodeScores) {
  const std::string code = python_of_the_document();
  ASSERT_FALSE(code.empty()) << "docs/models.md has no block of Python";
  EXPECT_EQ(std::count(code.begin(), code.end(), '\n'), 10);
  const std::string python = python_with_torch();
  if (python.empty()) {
    std::cerr << "\n*** NOT TESTED: the loader of docs/models.md, because no python3 here has PyTorch (Debian: "
                 "python3-torch) ***\n\n";
    GTEST_SKIP() << "python3-torch is missing";
  }

  const Task task = digits_task();
  const Plan plan = plan_of(task).value();
  const Dataset dataset = digits_dataset().value();
  Engine engine(task, plan);
  std::vector<float> weights = genesis_weights(plan, task.id());
  for (std::uint8_t height = 1; height <= 3; ++height) {
    Segment segment(engine, dataset, task, plan, tagged_hash("FreezeNet/loader-test", std::array{height}), height,
                    weights);
    const auto result = train(segment, {});
    ASSERT_TRUE(result.has_value()) << result.error().message();
    weights = thaw(result->weights, weights, segment.watermark(), plan);
  }
  const auto score = evaluate(engine, dataset, task, weights);
  ASSERT_TRUE(score.has_value() && score->has_value());
  // Neither guessing nor everything: a loader that mixes anything up scores something else.
  ASSERT_GT(**score, 60U);
  ASSERT_LT(**score, 360U);

  write("model.safetensors",
        write_model(task, plan, weights, {{"kind", "canonical"}, {"score", std::to_string(**score) + "/360"}}));
  write("digits.bin", digits_bytes());
  write("loader.py", as_bytes(code.c_str()));
  const auto path = [&](const char* name) { return " '" + (folder / name).string() + "'"; };
  const Output output = run(python + path("loader.py") + path("model.safetensors") + path("digits.bin"));
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_EQ(output.text, std::to_string(**score) + "\n");
}

}  // namespace
}  // namespace freezenet::training
