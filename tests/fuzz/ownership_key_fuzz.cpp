#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"
#include "training/ownership/commands/keygen.h"
#include "training/ownership/key_file.h"

namespace freezenet::fuzz {

void ownership_key(ByteView input) {
  const auto key = ownership::read_key(input);
  if (!key) {
    const bool newer = key.error().code == RejectCode::kConfig;
    using enum RejectCode;
    require_refusal(key.error(), newer ? Blame::kOurselves : Blame::kSender, {kTooLarge, kBadEncoding, kConfig});
    return require(!key.error().detail.empty() && key.error().detail.size() < 512, "a refusal is a sentence");
  }
  const std::string text = ownership::write_key(**key);
  require(text.size() <= ownership::kMaxKeyFile, "what is written can be read");
  const auto again = ownership::read_key(as_view(text));
  require(again && ownership::write_key(**again) == text, "encode(decode(encode(decode(x)))) == encode(decode(x))");
  const XOnlyKey owner{};
  require(ownership::commitment(**again, owner) == ownership::commitment(**key, owner),
          "equal keys commit to the same");
  require(ownership::scheme_of(**again) == ownership::scheme_of(**key), "the scheme stays");
}

}  // namespace freezenet::fuzz
