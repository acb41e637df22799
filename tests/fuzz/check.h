#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

#include "consensus/base/serialize.h"
#include "consensus/reject.h"

namespace freezenet::fuzz {

/// A property that an input broke: what libFuzzer takes for a crash, and what fails a replay of the corpus. Not
/// assert(): it must hold in a release build too.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "broken property: %s\n", property);
  std::abort();
}

/// The refusal is one of these by name, and blames `blame` for it. A name that the decoder does not document would
/// disconnect the wrong peer, or nobody.
inline void require_refusal(const Reject& why, Blame blamed, std::initializer_list<RejectCode> documented) {
  if (std::find(documented.begin(), documented.end(), why.code) != documented.end() && blame(why.code) == blamed)
    return;
  std::fprintf(stderr, "broken property: refused as %s (%.*s)\n", why.message().c_str(),
               static_cast<int>(name(blame(why.code)).size()), name(blame(why.code)).data());
  std::abort();
}

inline bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

template <typename T>
Bytes encoded(const T& value) {
  Writer out;
  value.encode(out);
  return out.take();
}

inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline ByteView as_view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace freezenet::fuzz
