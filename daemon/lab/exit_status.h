#pragma once

#include "consensus/reject.h"

namespace freezenet::lab {

/// What every command ends with.
inline constexpr int kExitDone = 0, kExitFailed = 1, kExitMisused = 2, kExitVoid = 3, kExitStopped = 130;

/// Says on standard error why a command failed. kExitVoid where training left the finite numbers, kExitStopped where
/// somebody stopped it, else kExitFailed.
int report(const Reject& why);
/// The same where what the user typed was wrong, or where a question of yes or no has no answer: kExitMisused.
int misused(const Reject& why);

}  // namespace freezenet::lab
