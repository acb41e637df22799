#include "training/ownership/key_file.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "consensus/base/serialize.h"
#include "consensus/crypto/sha256.h"
#include "training/ownership/deepwater.h"
#include "training/ownership/gradsigns.h"
#include "training/ownership/null_embedding.h"
#include "training/ownership/trigger_set.h"
#include "training/strict_json.h"

namespace freezenet::ownership {

namespace {

using Json = nlohmann::json;
using AnyKey = Result<std::shared_ptr<const Key>>;

constexpr std::size_t kMaxDepth = 3;  // file, parameters, a list in them

tl::unexpected<Reject> bad(const std::string& what) { return reject(RejectCode::kBadEncoding, what); }

template <typename Scheme>
AnyKey read_scheme(const Json& parameters) {
  auto key = Scheme::from_parameters(parameters);
  if (!key) return tl::unexpected(key.error());
  return std::shared_ptr<const Key>(std::move(*key));
}

const std::string* text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

}  // namespace

AnyKey key_from_parameters(ClaimScheme scheme, const Json& parameters) {
  switch (scheme) {
    case ClaimScheme::kGradSigns: return read_scheme<GradSigns>(parameters);
    case ClaimScheme::kDeepWater: return read_scheme<DeepWater>(parameters);
    case ClaimScheme::kTriggerSet: return read_scheme<TriggerSet>(parameters);
    case ClaimScheme::kNullEmbedding: return read_scheme<NullEmbedding>(parameters);
  }
  return bad("a scheme that this version does not have");
}

std::string write_key(const Key& key) {
  const nlohmann::ordered_json file = {
      {"format", kKeyFormat}, {"scheme", name(key.scheme())}, {"parameters", key.parameters()}};
  return file.dump(2) + "\n";
}

AnyKey read_key(ByteView file) {
  if (file.size() > kMaxKeyFile)
    return reject(RejectCode::kTooLarge, "a key file has at most " + std::to_string(kMaxKeyFile) + " bytes");
  const auto json = training::parse_strict_object(file, kMaxDepth, true);
  if (!json) return bad("is no key: it holds " + json.error().detail);
  const std::string* format = text_of(*json, "format");
  if (format == nullptr || !format->starts_with("freezenet-ownership-key-"))
    return bad("is no key: it has no \"format\" of one");
  if (*format != kKeyFormat)
    return reject(RejectCode::kConfig,
                  "is a key of the format " + training::printable(*format) + ", which a newer version wrote");
  for (const auto& entry : json->items()) {
    if (entry.key() != "format" && entry.key() != "scheme" && entry.key() != "parameters")
      return bad("unknown field " + training::printable(entry.key()));
  }
  const std::string* scheme = text_of(*json, "scheme");
  const auto known = scheme == nullptr ? std::nullopt : claim_scheme(*scheme);
  if (!known) return bad("\"scheme\" is none of gradsigns, deepwater, trigger-set and null-embedding");
  const auto parameters = json->find("parameters");
  if (parameters == json->end() || !parameters->is_object()) return bad("\"parameters\" is missing or no object");
  return key_from_parameters(*known, *parameters);
}

Hash256 commitment(const Key& key, const XOnlyKey& owner) {
  const std::string text = write_key(key);
  Writer out;
  out.bytes(owner.bytes);
  out.integer(static_cast<std::uint8_t>(key.scheme()));
  out.bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return tagged_hash("FreezeNet/ownership", out.data());
}

}  // namespace freezenet::ownership
