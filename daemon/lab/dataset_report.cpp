#include "daemon/lab/dataset_report.h"

#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"
#include "consensus/crypto/merkle.h"

namespace freezenet::lab {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSpecKeys[] = {"channels",    "height",           "width", "classes",
                                     "train_count", "evaluation_count", "root"};

}  // namespace

Result<Json> dataset_report(const std::filesystem::path& folder, std::optional<training::FolderFormat> format) {
  const auto found = training::read_dataset_folder(folder, format);
  if (!found) return tl::unexpected(found.error());
  const DatasetSpec& spec = found->spec;
  return Json{{"format", training::name(found->format)},
              {"channels", spec.channels},
              {"height", spec.height},
              {"width", spec.width},
              {"classes", spec.classes},
              {"train_count", spec.train_count},
              {"evaluation_count", spec.evaluation_count},
              {"canonical_bytes", found->canonical.size()},
              {"root", to_hex(chunked_root(found->canonical))}};
}

std::string dataset_report_text(const Json& report) {
  const auto text = [&](const char* key) {
    return report.at(key).is_string() ? report.at(key).get<std::string>() : report.at(key).dump();
  };
  std::string out = "format           " + text("format");
  out += "\nsamples          " + text("channels") + "x" + text("height") + "x" + text("width") + ", " +
         text("classes") + " classes";
  out += "\nto train on      " + text("train_count");
  out += "\nto evaluate on   " + text("evaluation_count");
  out += "\ncanonical bytes  " + text("canonical_bytes");
  out += "\nroot             " + text("root");
  out += "\n\nIn a task's file:\n\n  \"dataset\": {\n    \"name\": \"NAME\"";
  for (const char* key : kSpecKeys) out += ",\n    \"" + std::string(key) + "\": " + report.at(key).dump();
  return out + "\n  }\n";
}

}  // namespace freezenet::lab
