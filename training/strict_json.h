#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "consensus/base/bytes.h"
#include "consensus/base/result.h"

namespace freezenet::training {

/// A stranger's JSON, of the little that file headers need: objects, arrays, text and counts. kBadEncoding, with words
/// that go after "the header holds", for everything else: other values, equal keys in one object, more than `max_depth`
/// levels, text that is not UTF-8, anything but white space after the object or before it. The caller bounds the
/// length; memory is a small multiple of it, and no stack grows with it.
/// With `decimals` numbers that are no counts are taken too, if they are finite.
Result<nlohmann::json> parse_strict_object(ByteView text, std::size_t max_depth, bool decimals = false);

/// At most 64 characters of a stranger's text in quotes, fit for a log line.
std::string printable(const std::string& text);

}  // namespace freezenet::training
