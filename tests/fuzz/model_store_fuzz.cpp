#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"
#include "daemon/storage/model_store.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// DATADIR/models/ROOT.f32. The first byte says how many weights are expected, the second whether the name is that of
/// the content or of something else.
void model_store(ByteView input) {
  static const Scratch scratch;
  static const daemon::ModelStore store = std::move(*daemon::ModelStore::open(scratch.path()));
  Input in(input);
  const std::uint64_t parameters = in.byte() % 40;
  const bool named = in.byte() % 2 == 1;
  const ByteView content = in.rest();
  const Hash256 root = named ? chunked_root(content) : Hash256{};
  const auto file = scratch.write(to_hex(root) + ".f32", content);
  const auto weights = store.get(root, parameters);
  require(Scratch::holds(file, content), "a read changes nothing");
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  require(weights.has_value() == (named && content.size() == parameters * sizeof(float)),
          "a model is taken exactly where length and root are right");
  if (!weights) return require_refusal(weights.error(), Blame::kOurselves, {RejectCode::kStorage});
  require(same(as_bytes(std::span<const float>(*weights)), content), "encode(decode(x)) == x");
}

}  // namespace freezenet::fuzz
