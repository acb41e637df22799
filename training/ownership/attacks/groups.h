#pragma once

#include <vector>

#include "training/ownership/attack.h"

namespace freezenet::ownership {

/// The parts of the catalogue, a file each, in its order. Settings are checked before any of them is asked.
std::vector<Attack> fine_tuning_attacks();
std::vector<Attack> adversarial_attacks();
std::vector<Attack> pruning_attacks();
std::vector<Attack> quantisation_attacks();
std::vector<Attack> overwriting_attacks();
std::vector<Attack> weight_attacks();
std::vector<Attack> extraction_attacks();
std::vector<Attack> query_attacks();
std::vector<Attack> sanitising_attacks();

}  // namespace freezenet::ownership
