// Trains a network with the engine and with stock LibTorch from the same weights, on the same batches, under the same
// watermarks, and compares what they learnt: the engine's order of operations is its own, its mathematics must not be.
//
//   freezenet-learning digits|mnist|cifar10 [--datasets DIR] [--seeds 5] [--threads N] [--results FILE]
//
// Exit code 0: the same; 1: not, or an error; 77: the dataset is not there.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "tests/learning/course.h"
#include "tests/learning/record.h"
#include "tests/learning/verdict.h"

using namespace freezenet;

namespace {

constexpr int kSkipped = 77;

/// How far it is, with the time that is left from the time that each learner's steps took so far.
class Progress {
 public:
  Progress(std::string task, unsigned seeds, std::uint32_t steps)
      : task_(std::move(task)), seeds_(seeds), steps_(steps), terminal_(isatty(1) == 1) {}

  void begin(unsigned seed, std::size_t learner) {
    seed_ = seed;
    learner_ = learner;
    step_ = 0;
    last_ = Clock::now();
  }
  void tick() {
    const Clock::time_point now = Clock::now();
    spent_[learner_] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
    ++done_[learner_];
    ++step_;
    if (now - printed_ < (terminal_ ? std::chrono::seconds(1) : std::chrono::seconds(30))) return;
    printed_ = now;
    std::printf("%s%s seed %u of %u, %s: step %u of %u, about %.0f min left%s", terminal_ ? "\r\033[K" : "",
                task_.c_str(), seed_ + 1, seeds_, learner_ == 0 ? "engine" : "stock", step_, steps_, left() / 60,
                terminal_ ? "" : "\n");
    std::fflush(stdout);
  }
  void line(const std::string& text) const {
    std::printf("%s%s\n", terminal_ ? "\r\033[K" : "", text.c_str());
    std::fflush(stdout);
  }

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] double left() const {
    const auto a_step = [&](std::size_t learner) {
      const std::size_t known = done_[learner] != 0 ? learner : 1 - learner;
      return spent_[known] / std::max(1U, done_[known]);
    };
    const double of_this_one = a_step(learner_) * (steps_ - step_);
    const double of_the_other = learner_ == 0 ? a_step(1) * steps_ : 0;
    return of_this_one + of_the_other + (a_step(0) + a_step(1)) * steps_ * (seeds_ - seed_ - 1);
  }

  std::string task_;
  unsigned seeds_, seed_ = 0;
  std::uint32_t steps_, step_ = 0;
  bool terminal_;
  std::size_t learner_ = 0;
  double spent_[2] = {0, 0};
  std::uint32_t done_[2] = {0, 0};
  Clock::time_point last_, printed_;
};

int compare(const std::string& name, const learning::Course& course, unsigned seeds, unsigned threads,
            const std::string& results) {
  using Learn = decltype(&learning::learn_by_engine);
  struct Learner {
    const char* name;
    Learn learn;
  };
  constexpr Learner kLearners[] = {{"engine", learning::learn_by_engine}, {"stock", learning::learn_by_stock}};
  const learning::Record record(results, course);
  const double count = course.task.evaluation_slice;
  Progress progress(name, seeds, course.steps());
  std::vector<double> scores[2];
  for (unsigned seed = 0; seed < seeds; ++seed) {
    learning::Outcome outcomes[2];
    for (std::size_t i = 0; i < 2; ++i) {
      auto known = record.find(seed, kLearners[i].name);
      if (!known) {
        progress.begin(seed, i);
        const auto learnt = kLearners[i].learn(course, seed, threads, [&] { progress.tick(); });
        if (!learnt) {
          progress.line(std::string(kLearners[i].name) + ": " + learnt.error().message());
          return 1;
        }
        known = *learnt;
        if (!record.add(seed, kLearners[i].name, *known)) progress.line("cannot write " + results);
      }
      outcomes[i] = *known;
      scores[i].push_back(100 * known->after / count);
    }
    char text[160];
    std::snprintf(text, sizeof text, "%s seed %u: engine %u -> %u, stock LibTorch %u -> %u of %u", name.c_str(),
                  seed + 1, outcomes[0].before, outcomes[0].after, outcomes[1].before, outcomes[1].after,
                  course.task.evaluation_slice);
    progress.line(text);
    // Before the first step nothing but the last bits of the logits differs.
    const auto [less, more] = std::minmax(outcomes[0].before, outcomes[1].before);
    if (more - less > 1 + course.task.evaluation_slice / 1000) {
      progress.line("they did not begin with the same weights");
      return 1;
    }
  }
  const learning::Verdict verdict =
      learning::judge(scores[0], scores[1], course.points, 100.0 / course.task.dataset.classes);
  progress.line(name + ", " + std::to_string(seeds) + " seeds, " + learning::describe(verdict));
  return verdict.same ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Compares what the engine learns with what stock LibTorch learns");
  std::string name, datasets, results;
  unsigned seeds = 5, threads = std::max(1U, std::thread::hardware_concurrency());
  app.add_option("task", name)->required()->check(CLI::IsMember({"digits", "mnist", "cifar10"}));
  app.add_option("--datasets", datasets, "folder with the folders mnist (IDX files) and cifar10 (binary version)")
      ->envname("FREEZENET_DATASETS");
  app.add_option("--seeds", seeds)->check(CLI::Range(1, 100));
  app.add_option("--threads", threads)->check(CLI::Range(1, 64));
  app.add_option("--results", results, "goes on where an earlier run with this file was broken off");
  CLI11_PARSE(app, argc, argv);
  if (name != "digits" && datasets.empty()) {
    std::printf("skipped: set FREEZENET_DATASETS to a folder that holds %s/\n", name.c_str());
    return kSkipped;
  }
  const auto course = learning::course_of(name, datasets);
  if (!course) {
    std::printf("%s\n", course.error().message().c_str());
    return course.error().code == RejectCode::kNotFound ? kSkipped : 1;
  }
  try {
    return compare(name, *course, seeds, threads, results);
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
}
