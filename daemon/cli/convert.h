#pragma once

#include <span>
#include <string>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "daemon/rpc/signature.h"

namespace freezenet::daemon {

/// The words behind a method's name as its params: numbers and booleans where the signature has them, text elsewhere.
/// All in the form name=value, with names of the signature: an object; else a list. The error is a sentence for the
/// user.
tl::expected<nlohmann::json, std::string> params_from_words(const Signature& signature,
                                                            std::span<const std::string> words);

/// Whether the words are all of the form name=value, with names of the signature; false for none.
bool all_named(const Signature& signature, std::span<const std::string> words);

/// The same for a method that this client does not know, as a newer node may have it: integers, true, false and JSON
/// lists and objects as such, everything else as text.
nlohmann::json params_from_words(std::span<const std::string> words);

}  // namespace freezenet::daemon
