#include "training/ownership/attack_verdict.h"

namespace freezenet::ownership {

Result<Verdict> judge(const Key& key, const Attacked& attacked, Box box, double accuracy_before,
                      const Samples& evaluation) {
  const auto accuracy_after = attacked.accuracy(evaluation);
  if (!accuracy_after) return tl::unexpected(accuracy_after.error());
  auto finding = key.extract(box == Box::kWhite ? attacked.white_box() : attacked.black_box(), evaluation);
  if (!finding) return tl::unexpected(finding.error());
  return Verdict{accuracy_before, *accuracy_after, std::move(*finding)};
}

}  // namespace freezenet::ownership
