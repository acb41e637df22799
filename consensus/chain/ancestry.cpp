#include "consensus/chain/ancestry.h"

#include "consensus/difficulty.h"
#include "consensus/rules.h"

namespace freezenet {

BlockEntry child_entry(const NetworkParams& params, const SealedHeader& header, const Hash256& hash,
                       const BlockEntry& parent) {
  BlockEntry entry;
  entry.header = header;
  entry.hash = hash;
  entry.parent = &parent;
  entry.height = parent.height + 1;
  // Medians, not times: they never fall, so what one block's time is clamped by, a later one cannot give back
  // unclamped.
  entry.virtual_time =
      virtual_time(parent.virtual_time, median_time_past(parent), median_time_past(entry), params.interval);
  const std::uint32_t bits = header.candidate.bits;
  entry.total_work = parent.total_work.saturating_add(work_of(*target_from_compact(bits)));
  const Task& task = params.tasks[params.task_index(entry.height)];
  entry.total_spent_steps = parent.total_spent_steps.saturating_add(spent_steps(task, ticket_target(task, bits)));
  return entry;
}

const BlockEntry* skip_of_child(const BlockEntry& parent) {
  const std::uint64_t height = parent.height + 1;
  return &ancestor(parent, height & (height - 1));
}

const BlockEntry& ancestor(const BlockEntry& entry, std::uint64_t height) {
  const BlockEntry* e = &entry;
  while (e->height > height) e = e->skip != nullptr && e->skip->height >= height ? e->skip : e->parent;
  return *e;
}

const BlockEntry& first_unverified(const BlockEntry& entry) {
  const BlockEntry* e = &entry;
  while (e->parent->state != BlockState::kVerified) {
    e = e->skip->state != BlockState::kVerified ? e->skip : e->parent;
  }
  return *e;
}

}  // namespace freezenet
