#include "daemon/cli/status_screen.h"

#include <algorithm>
#include <vector>

#include "daemon/cli/text.h"

namespace freezenet::daemon {
namespace {

using nlohmann::json;

constexpr std::size_t kWidth = 80;
constexpr std::size_t kLabel = 10;

/// Reads fields of an answer that may be of another version: what is not there, or is of another type, is zero or
/// empty.
class View {
 public:
  explicit View(const json& value) : value_(value) {}
  [[nodiscard]] View operator[](const char* key) const {
    static const json kNothing;
    const auto found = value_.is_object() ? value_.find(key) : value_.end();
    return View(found == value_.end() ? kNothing : *found);
  }
  [[nodiscard]] bool exists() const { return !value_.is_null(); }
  [[nodiscard]] std::uint64_t integer() const {
    return value_.is_number_integer() && value_ >= 0 ? value_.get<std::uint64_t>() : 0;
  }
  [[nodiscard]] double number() const { return value_.is_number() ? value_.get<double>() : 0.0; }
  [[nodiscard]] bool yes() const { return value_.is_boolean() && value_.get<bool>(); }
  [[nodiscard]] std::string text(std::size_t width = kWidth) const {
    return value_.is_string() ? fitted(value_.get_ref<const std::string&>(), width) : "-";
  }
  [[nodiscard]] const json& raw() const { return value_; }

 private:
  const json& value_;
};

class Screen {
 public:
  explicit Screen(bool colour) : colour_(colour) {}

  enum class Tone { kPlain, kGood, kWarn, kBad, kHead, kDim };
  [[nodiscard]] std::string toned(Tone tone, const std::string& text) const {
    if (!colour_ || tone == Tone::kPlain) return text;
    const char* code = tone == Tone::kGood   ? "32;1"
                       : tone == Tone::kWarn ? "33;1"
                       : tone == Tone::kBad  ? "31;1"
                       : tone == Tone::kHead ? "1"
                                             : "2";
    return std::string("\x1b[") + code + "m" + text + "\x1b[0m";
  }
  void line(const std::string& text = {}) { text_ += text + "\n"; }
  /// A label and a text, which is broken between words.
  void field(const std::string& label, std::string_view text, Tone tone = Tone::kPlain) {
    std::string head = toned(Tone::kDim, left(label, kLabel));
    for (const std::string& part : broken(text, kWidth - kLabel)) {
      line(head + toned(tone, part));
      head = std::string(kLabel, ' ');
    }
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  static std::vector<std::string> broken(std::string_view text, std::size_t width) {
    std::vector<std::string> lines(1);
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      std::string word = fitted(text.substr(0, end), width);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) lines.emplace_back();
      lines.back() += (lines.back().empty() ? "" : " ") + word;
    }
    return lines;
  }

  bool colour_;
  std::string text_;
};

using Tone = Screen::Tone;

std::string count_text(std::uint64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::uint64_t age(std::uint64_t now, std::uint64_t then) { return now > then ? now - then : 0; }

void show_title(Screen& out, const View& status) {
  const std::string name = "FreezeNet " + status["network"].text(16);
  const std::string node =
      fitted("node " + status["version"].text(12) + ", up " + duration_text(status["uptime"].integer()), 33);
  out.line(out.toned(Tone::kHead, left(name, 27)) + left(node, 33) + right(utc_text(status["now"].integer()), 20));
  out.line(out.toned(Tone::kDim, std::string(kWidth, '-')));
}

/// The first question: is it working?
void show_state(Screen& out, const View& status) {
  const View chain = status["chain"], mining = status["mining"];
  const std::size_t peers = status["peers"].raw().size();
  const std::uint64_t behind = chain["behind"].integer();
  if (mining["refused"].yes()) {
    out.field("State", "REFUSES TO MINE: " + mining["state"].text(400), Tone::kBad);
  } else if (chain["syncing"].yes()) {
    out.field("State",
              "SYNCING: " + count_text(behind, "block", "blocks") + " behind, at " +
                  std::to_string(chain["height"].integer()) + " of " + std::to_string(chain["headers"].integer()),
              Tone::kWarn);
  } else if (mining["enabled"].yes() && mining["state"].text() == "mining") {
    out.field("State",
              "MINING block " + std::to_string(mining["height"].integer()) + ", " + count_text(peers, "peer", "peers"),
              Tone::kGood);
  } else if (mining["enabled"].yes()) {
    out.field("State", mining["state"].text(400) + ", " + count_text(peers, "peer", "peers"), Tone::kWarn);
  } else {
    out.field("State", "FOLLOWING the chain, not mining, " + count_text(peers, "peer", "peers"), Tone::kGood);
  }
}

void show_chain(Screen& out, const View& status) {
  const View chain = status["chain"];
  const std::uint64_t now = status["now"].integer();
  out.field("Chain", "height " + std::to_string(chain["height"].integer()) + ", " +
                         short_duration_text(age(now, chain["time"].integer())) + " ago, " +
                         shortened(chain["hash"].text(), 8) + "; one block in " +
                         duration_text(chain["interval"].integer()) + " is aimed at");
  if (chain["score"].exists()) {
    out.field("Model", chain["task"].text(32) + ": " + std::to_string(chain["score"].integer()) + " of " +
                           std::to_string(chain["evaluation_slice"].integer()) + " right (" +
                           percent_text(chain["score"].integer(), chain["evaluation_slice"].integer()) + ")");
  } else {
    out.field("Model", chain["task"].text(32) + ": untrained, no block yet");
  }
  out.field("Useful", percent_text(chain["useful_fraction_ppm"].integer(), 1'000'000) +
                          " of the training that the difficulty says was spent (last 100 blocks: " +
                          percent_text(chain["useful_fraction_100_ppm"].integer(), 1'000'000) + ")");
}

void show_mining(Screen& out, const View& status) {
  const View mining = status["mining"], rate = mining["segments_per_second"], replay = status["replay"];
  if (mining["enabled"].yes()) {
    out.field("Mining", figure_text(rate["10s"].number()) + " segments/s in 10 s, " +
                            figure_text(rate["60s"].number()) + " in 60 s, " + figure_text(rate["15m"].number()) +
                            " in 15 min (" + mining["kernel_path"].text(16) + ", " +
                            count_text(mining["threads"].integer(), "thread", "threads") + ")");
    const double expected = mining["expected_seconds_to_block"].number();
    out.field("", (expected > 0 && expected < 1e12 ? "this node alone finds a block in " +
                                                         duration_text(static_cast<std::uint64_t>(expected + 0.999))
                                                   : std::string("time to a block not known yet")) +
                      "; " + std::to_string(mining["blocks_found"].integer()) + " found, " +
                      std::to_string(mining["blocks_accepted"].integer()) + " accepted");
  } else {
    out.field("Mining", "off; `freezenet-cli setmining true` starts it");
  }
  std::string text = std::to_string(replay["verified"].integer()) + " verified, " +
                     std::to_string(replay["refused"].integer()) + " refused, " +
                     std::to_string(replay["queued"].integer()) + " waiting";
  if (replay["verified"].integer() + replay["refused"].integer() > 0) {
    text += "; last: watermark " + figure_text(replay["last_watermark_ms"].number()) + " ms, replay " +
            figure_text(replay["last_replay_ms"].number()) + " ms, evaluation " +
            figure_text(replay["last_evaluation_ms"].number()) + " ms";
  }
  out.field("Replay", text);
}

void show_blocks(Screen& out, const View& status) {
  const json& blocks = status["blocks"].raw();
  if (!blocks.is_array() || blocks.empty()) return;
  out.line();
  out.line(out.toned(Tone::kHead, right("Height", 9) + right("Age", 9) + "  " + left("Hash", 20) + left("Miner", 20) +
                                      right("Right", 11) + "  Model"));
  for (const json& row : blocks) {
    const View block(row);
    const bool adopted = block["adopted"].yes();
    const std::string score = block["score"].exists() ? std::to_string(block["score"].integer()) + "/" +
                                                            std::to_string(block["evaluation_slice"].integer())
                                                      : "-";
    out.line(right(std::to_string(block["height"].integer()), 9) +
             right(short_duration_text(age(status["now"].integer(), block["time"].integer())), 9) + "  " +
             left(shortened(block["hash"].text(), 8), 20) + left(shortened(block["miner"].text(), 8), 20) +
             right(score, 11) + "  " + out.toned(adopted ? Tone::kPlain : Tone::kDim, adopted ? "adopted" : "kept"));
  }
}

void show_peers(Screen& out, const View& status) {
  const json& peers = status["peers"].raw();
  out.line();
  if (!peers.is_array() || peers.empty()) {
    out.field("Peers", "none; `freezenet-cli addnode HOST:PORT add` connects to one", Tone::kWarn);
    return;
  }
  constexpr std::size_t kMost = 12;
  out.line(out.toned(Tone::kHead, left("Peer", 26) + left("Way", 5) + right("Height", 9) + right("Ping", 10) +
                                      right("Since", 9) + "  Agent"));
  for (std::size_t i = 0; i < std::min(peers.size(), kMost); ++i) {
    const View peer(peers[i]);
    const std::string ping = peer["ping_ms"].exists() ? figure_text(peer["ping_ms"].number()) + " ms" : "-";
    out.line(left(peer["address"].text(25), 26) + left(peer["direction"].text(4), 5) +
             right(std::to_string(peer["height"].integer()), 9) + right(ping, 10) +
             right(short_duration_text(peer["connected_seconds"].integer()), 9) + "  " + peer["user_agent"].text(19));
  }
  if (peers.size() > kMost)
    out.line("and " + std::to_string(peers.size() - kMost) + " more: freezenet-cli getpeerinfo");
}

/// Addresses that this node would like to be connected to and is not.
void show_dials(Screen& out, const View& status) {
  const json& dials = status["dials"].raw();
  if (!dials.is_array()) return;
  for (const json& row : dials) {
    const View dial(row);
    if (dial["connected"].yes() || dial["failures"].integer() == 0) continue;
    out.field("Dialling",
              dial["address"].text(60) + ", " + count_text(dial["failures"].integer(), "failure", "failures") + ": " +
                  dial["last_error"].text(200),
              Tone::kWarn);
  }
}

void show_reject(Screen& out, const View& status) {
  const View reject = status["last_reject"];
  if (!reject.exists()) return;
  out.line();
  out.field(
      "Refused",
      short_duration_text(age(status["now"].integer(), reject["time"].integer())) + " ago: " + reject["what"].text(400),
      Tone::kWarn);
  if (!reject["advice"].text(400).empty()) out.field("", reject["advice"].text(400));
}

}  // namespace

std::string status_screen(const json& status, bool colour) {
  Screen out(colour);
  const View view(status);
  show_title(out, view);
  show_state(out, view);
  show_chain(out, view);
  show_mining(out, view);
  show_blocks(out, view);
  show_peers(out, view);
  show_dials(out, view);
  show_reject(out, view);
  return out.take();
}

}  // namespace freezenet::daemon
