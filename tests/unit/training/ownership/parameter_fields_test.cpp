#include "training/ownership/parameter_fields.h"

#include <gtest/gtest.h>

namespace freezenet::ownership {
namespace {

using Json = nlohmann::json;

Json good() {
  return {{"seed", "000000000000000000000000000000000000000000000000000000000000002a"},
          {"bits", 64},
          {"strength", "0.01"},
          {"spread", {"1e-3", "-2"}},
          {"form", "second"},
          {"id", "Anna, anna@example.org"}};
}

/// What reading `json` says; empty where it is fine.
std::string fault(const Json& json) {
  ParameterFields fields(json);
  const Hash256 seed = fields.seed("seed");
  const auto bits = fields.count("bits", 1, 4096);
  const double strength = fields.decimal("strength", 0, 10);
  const auto spread = fields.decimals("spread", -5, 5, 3);
  const auto form = fields.word("form", {"first", "second"});
  const std::string id = fields.text("id", 40);
  const auto done = fields.finish();
  if (!done) {
    EXPECT_EQ(done.error().code, RejectCode::kBadEncoding);
    return done.error().detail;
  }
  EXPECT_EQ(seed.bytes[31], 0x2a);
  EXPECT_EQ(bits, 64U);
  EXPECT_EQ(strength, 0.01);
  EXPECT_EQ(spread, (std::vector<double>{1e-3, -2}));
  EXPECT_EQ(form, 1U);
  EXPECT_EQ(id, "Anna, anna@example.org");
  return {};
}

std::string fault_with(const char* name, const Json& value) {
  Json json = good();
  json[name] = value;
  return fault(json);
}

TEST(ParameterFields, ReadsWhatIsThere) { EXPECT_EQ(fault(good()), ""); }

TEST(ParameterFields, NamesWhatIsMissingOrUnknown) {
  const Json whole = good();
  for (const auto& item : whole.items()) {
    Json json = whole;
    json.erase(item.key());
    EXPECT_EQ(fault(json), "the key's field '" + item.key() + "' is missing");
  }
  EXPECT_EQ(fault_with("size", 1), "the key has no field 'size'");
  EXPECT_EQ(fault(Json::array()), "the key's parameters are no object");
}

TEST(ParameterFields, NamesWhatIsOutOfItsRange) {
  const std::string hex = "the key's field 'seed' must be 64 lower-case hexadecimal digits";
  const std::string seed = good()["seed"];
  for (const std::string& text : {seed.substr(2), seed + "00", seed.substr(1) + "A", seed.substr(1) + "g"})
    EXPECT_EQ(fault_with("seed", text), hex);
  EXPECT_EQ(fault_with("seed", 7), hex);
  for (const Json& bits : {Json(0), Json(4097), Json(-1), Json("64"), Json(64.0), Json(1e30)})
    EXPECT_EQ(fault_with("bits", bits), "the key's field 'bits' must be a count of 1 to 4096");
  for (const char* strength : {"", "-0.1", "10.1", "nan", "inf", "1e999", "0.01 ", " 0.01", "0x1", "+1", "1,5"})
    EXPECT_EQ(fault_with("strength", strength), "the key's field 'strength' must be a decimal in quotes of 0 to 10");
  EXPECT_NE(fault_with("strength", 0.01), "");
  for (const Json& spread : {Json{"1", "2", "3", "4"}, Json{"6"}, Json{1, 2}, Json("1"), Json{"1", "nan"}})
    EXPECT_EQ(fault_with("spread", spread),
              "the key's field 'spread' must be a list of at most 3 decimals in quotes of -5 to 5");
  EXPECT_EQ(fault_with("form", "third\n"), "the key's field 'form' must be one of 'first', 'second', not 'third?'");
  for (const char* id : {"", "12345678901234567890123456789012345678901", "a\n", "\xc3\xa4"})
    EXPECT_EQ(fault_with("id", id), "the key's field 'id' must be a text of 1 to 40 printable characters");
}

TEST(ParameterFields, WritesTheShortestDecimal) {
  EXPECT_EQ(decimal_text(0.01), "0.01");
  EXPECT_EQ(decimal_text(1), "1");
  EXPECT_EQ(decimal_text(-0.1 - 0.2), "-0.30000000000000004");
  EXPECT_EQ(decimal_texts({1e-9, 1000}).at(0), "1e-09");
  EXPECT_EQ(decimal_texts({1e-9, 1000}).at(1), "1000");
}

}  // namespace
}  // namespace freezenet::ownership
