#pragma once

#include <functional>

#include "consensus/reject.h"

namespace freezenet::lab {

/// What every command ends with.
inline constexpr int kExitDone = 0, kExitFailed = 1, kExitMisused = 2, kExitVoid = 3, kExitStopped = 130;

/// Says on standard error why a command failed. kExitVoid where training left the finite numbers, kExitStopped where
/// somebody stopped it, else kExitFailed.
int report(const Reject& why);
/// The same where what the user typed was wrong, or where a question of yes or no has no answer: kExitMisused.
int misused(const Reject& why);
/// Answers a question of yes (kExitDone) or no (kExitFailed): whatever keeps the answer from being found or printed is
/// neither of them, but kExitMisused.
int answered(const std::function<int()>& question);
/// Whether all that was printed is written; says on standard error why not. A full disk shows here.
bool printed();

}  // namespace freezenet::lab
