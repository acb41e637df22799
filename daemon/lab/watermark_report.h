#pragma once

#include <iosfwd>

#include "daemon/lab/watermark_command.h"

namespace freezenet::lab {

/// Positions and values, "tensor,element,value" with a row each: in the order drawn, decimals that give the same
/// binary32 back.
void print_watermark_csv(const PlacedWatermark& placed, std::ostream& out);
/// The same as one JSON object, with the seed.
void print_watermark_json(const PlacedWatermark& placed, std::ostream& out);

/// "seed ...", "positions ... of ... weights".
std::string watermark_text(const PlacedWatermark& placed);
std::string verified_text(const Verified& verified);
std::string verified_json(const Verified& verified);

}  // namespace freezenet::lab
