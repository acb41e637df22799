#pragma once

#include <span>
#include <string>
#include <string_view>

namespace freezenet {

/// The candidate that needs the fewest edits (insert, delete, replace, swap of neighbours) to become `name`; empty
/// where none is near enough to be what was meant. Names longer than 64 characters have no nearest one.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates);

/// "; did you mean WHAT+NEAREST?", or nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates,
                         std::string_view what = {});

}  // namespace freezenet
