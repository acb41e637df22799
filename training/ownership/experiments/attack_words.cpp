#include "training/ownership/experiments/attack_words.h"

#include <charconv>

namespace freezenet::experiments {

Result<ChosenAttack> chosen_attack(const std::string& word) {
  ChosenAttack out;
  out.word = word;
  const std::size_t at = word.find('@');
  if (at != std::string::npos) {
    unsigned percent = 0;
    const char* end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data() + at + 1, end, percent);
    if (error != std::errc{} || stop != end || percent < 1 || percent > 100) {
      return reject(RejectCode::kConfig, "what follows @ in an attack is his share of the samples, 1 to 100 percent");
    }
    out.share = percent / 100.0;
  }
  const auto known = ownership::find_attack(word.substr(0, at));
  if (!known) return tl::unexpected(known.error());
  out.attack = *known;
  return out;
}

std::vector<std::string> all_attack_words() {
  std::vector<std::string> out;
  for (const ownership::Attack& one : ownership::attack_catalogue()) out.push_back(one.name);
  for (const char* name : {"ftal-1e-4", "ftal-1e-3", "rtal", "distillation"}) out.push_back(std::string(name) + "@20");
  return out;
}

}  // namespace freezenet::experiments
