#include "training/ownership/attacks/groups.h"
#include "training/ownership/attacks/means.h"

namespace freezenet::ownership {

namespace {

constexpr unsigned kEpochs = 10;

/// A watermark of the attacker's own over the owner's, by the same scheme. Where both can be found afterwards, only a
/// date says whose came first.
Attack overwriting(const std::string& rate_name, double rate) {
  return {"overwriting-" + rate_name, "overwriting",
          "Embeds a watermark of the attacker's own while fine-tuning all layers at a rate of " + rate_name + ".",
          [rate](const Classifier& victim, const AttackSetting& setting) -> Result<Attacked> {
            if (setting.own_key == nullptr) {
              return reject(RejectCode::kConfig, "overwriting takes a key of the attacker's own");
            }
            Attacked out;
            out.model = victim.copy();
            FitParts parts;
            parts.progress = setting.progress;
            if (auto embedded = embed(*setting.own_key, *out.model, setting.data, fit_options(setting, kEpochs, rate),
                                      std::move(parts));
                !embedded) {
              return tl::unexpected(embedded.error());
            }
            const auto own = setting.own_key->extract(out.white_box(), setting.data);
            if (!own) return tl::unexpected(own.error());
            out.measures = {{"attacker's own matches", own->evidence.rate()},
                            {"attacker's own log10 p", own->evidence.log10_p()},
                            {"attacker's own found", own->found ? 1.0 : 0.0},
                            {"relative change of the weights", moved(victim, *out.model)}};
            return out;
          }};
}

}  // namespace

std::vector<Attack> overwriting_attacks() { return {overwriting("1e-4", 1e-4), overwriting("1e-3", 1e-3)}; }

}  // namespace freezenet::ownership
