#include "daemon/durable_file.h"
#include "daemon/storage/sqlite_chain_store.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"
#include "tests/unit/daemon/storage/chain_fixture.h"

namespace freezenet::fuzz {
namespace {

using daemon::SqliteChainStore;

/// A sound database of three blocks: its bytes, and what it says.
struct Sound {
  Hash256 genesis = daemon::test::hash_of(1);
  Bytes file;
  daemon::test::Loaded saved;

  explicit Sound(const Scratch& scratch) {
    const auto path = scratch.path() / "sound.sqlite";
    {
      auto store = SqliteChainStore::open(path, genesis);
      require(store.has_value(), "a database can be made");
      Hash256 parent = genesis;
      for (std::uint64_t height = 1; height <= 3; ++height) {
        const StoredBlock block = daemon::test::block_after(parent, height);
        require((*store)->commit(daemon::test::connect(block, height)).has_value(), "a block can be kept");
        parent = block.header.block_hash();
      }
      saved = std::move(*daemon::test::load_all(**store));
    }
    auto bytes = daemon::read_file(path, 1 << 20);
    require(bytes.has_value(), "the database can be read");
    file = std::move(*bytes);
  }
};

/// Changes of a sector here and there, or the loss of the end.
Bytes damaged(const Bytes& sound, Input& in) {
  Bytes file = sound;
  if (in.byte() % 8 == 7) file.resize(in.integer<std::uint32_t>() % (sound.size() + 1));
  while (!in.empty() && !file.empty()) {
    const std::size_t at = in.integer<std::uint32_t>() % file.size();
    file[at] = static_cast<std::uint8_t>(file[at] ^ in.byte());
  }
  return file;
}

bool same_block(const StoredBlock& a, const StoredBlock& b) {
  return a.header == b.header && a.body == b.body && a.outcome == b.outcome && a.completed == b.completed;
}

void compare(const daemon::test::Loaded& sound, const daemon::test::Loaded& read) {
  require(read.tip == sound.tip && read.state_hash == sound.state_hash, "tip and state are those that were kept");
  require(std::equal(read.blocks.begin(), read.blocks.end(), sound.blocks.begin(), sound.blocks.end(), same_block),
          "the blocks are those that were kept");
  // A lost account is found by the state hash, when the chain is rebuilt.
  for (const auto& row : read.accounts) {
    require(std::any_of(sound.accounts.begin(), sound.accounts.end(),
                        [&](const auto& kept) { return kept.key == row.key && kept.account == row.account; }),
            "every account is one that was kept");
  }
}

}  // namespace

/// The whole database file, damaged as a disk damages it: it says what it said, or that it is damaged.
void chain_database(ByteView input) {
  static const Scratch scratch;
  static const Sound sound(scratch);
  Input in(input);
  const auto path = scratch.write("chain.sqlite", damaged(sound.file, in));
  const auto refused = [](const Reject& why) { require_refusal(why, Blame::kOurselves, {RejectCode::kStorage}); };
  {
    const auto store = SqliteChainStore::open(path, sound.genesis);
    if (!store) refused(store.error());
    auto saved = store ? daemon::test::load_all(**store) : Result<daemon::test::Loaded>(tl::unexpected(store.error()));
    if (saved && !saved->blocks.empty()) {
      compare(sound.saved, *saved);
      for (const StoredBlock& block : sound.saved.blocks) {
        const auto body = (*store)->body(block.header.block_hash());
        if (!body) refused(body.error());
        if (body) require(*body == block.body, "a body is the one that was kept");
      }
    } else if (saved) {
      require(saved->tip.is_zero(), "a database without blocks is a new one");
    } else {
      refused(saved.error());
    }
  }
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix, ignored);
}

}  // namespace freezenet::fuzz
