#include "tests/bench/report.h"

#include <algorithm>
#include <array>

#include <unistd.h>

namespace freezenet::bench {
namespace {

struct Key {
  const char* name;
  double target;
  bool at_least;  ///< else at most
  const char* unit;
};

constexpr std::array kKeys = {
    Key{"gemm_square_vs_openblas", 0.95, true, ""},   Key{"gemm_conv_vs_openblas", 0.9, true, ""},
    Key{"step_mnist_vs_libtorch", 2.0, true, ""},     Key{"step_cifar_vs_libtorch", 1.2, true, ""},
    Key{"step_over_gemm_peak", 0.85, true, ""},       Key{"replay_over_train", 0.98, true, ""},
    Key{"step_watermark5_over_none", 0.99, true, ""}, Key{"step_watermark70_over_none", 0.97, true, ""},
    Key{"watermark_10m_ms", 25, false, " ms"},        Key{"step_memory_ratio", 1.2, false, ""}};

const Key& key_of(const std::string& name) {
  return *std::find_if(kKeys.begin(), kKeys.end() - 1, [&](const Key& key) { return name == key.name; });
}

}  // namespace

Report::Report(std::FILE* lines) : lines_(lines), terminal_(isatty(fileno(lines)) == 1), start_(now()) {}

void Report::note(const std::string& text) {
  std::fprintf(lines_, "%s%s\n", terminal_ ? "\r\033[K" : "", text.c_str());
  std::fflush(lines_);
}

void Report::progress(const std::string& what) {
  if (!terminal_) return;
  std::fprintf(lines_, "\r\033[K%4.0f s  %s ...", now() - start_, what.c_str());
  std::fflush(lines_);
}

void Report::add(const std::string& name, const std::string& row, const Spread& value, const std::string& detail) {
  const Key& key = key_of(name);
  std::array<char, 256> line{};
  std::snprintf(line.data(), line.size(), "%4.0f s  %-27s %-26s %7.3f [%.3f, %.3f]%s  %s", now() - start_, key.name,
                row.c_str(), value.median, value.low, value.high, key.unit, detail.c_str());
  note(line.data());
  Worst& worst = worst_[name];
  const bool worse = key.at_least ? value.median < worst.value : value.median > worst.value;
  if (!worst.known || worse) worst.value = value.median;
  worst.known = true;
}

void Report::failed(const std::string& name, const std::string& row, const std::string& why) {
  note("        " + name + ", " + row + ": not measured: " + why);
  worst_[name].failed = true;
  any_failed_ = true;
}

std::string Report::json() const {
  std::string text = "{";
  for (const Key& key : kKeys) {
    const auto found = worst_.find(key.name);
    std::array<char, 32> number{};
    const bool known = found != worst_.end() && found->second.known && !found->second.failed;
    if (known) std::snprintf(number.data(), number.size(), "%.4f", found->second.value);
    text += (text.size() == 1 ? "\"" : ", \"") + std::string(key.name) + "\": " + (known ? number.data() : "null");
  }
  return text + "}";
}

void Report::summary() {
  note("");
  for (const Key& key : kKeys) {
    const auto found = worst_.find(key.name);
    if (found == worst_.end()) continue;
    const Worst& worst = found->second;
    std::array<char, 128> line{};
    if (!worst.known || worst.failed) {
      std::snprintf(line.data(), line.size(), "%-27s not measured", key.name);
    } else {
      const bool met = key.at_least ? worst.value >= key.target : worst.value <= key.target;
      std::snprintf(line.data(), line.size(), "%-27s %8.3f%s, %s %.2f: %s", key.name, worst.value, key.unit,
                    key.at_least ? "at least" : "at most", key.target, met ? "met" : "MISSED");
    }
    note(line.data());
  }
}

}  // namespace freezenet::bench
