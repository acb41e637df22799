#pragma once

#include <nlohmann/json.hpp>

#include "consensus/transaction.h"
#include "training/ownership/commands/job.h"

namespace freezenet::lab {

/// What an extraction came to in lines, the accuracy of the model beside it: a score without it says nothing.
std::string finding_text(ClaimScheme scheme, double accuracy, const ownership::JobFinding& finding);
nlohmann::ordered_json finding_json(ClaimScheme scheme, double accuracy, const ownership::JobFinding& finding);

}  // namespace freezenet::lab
