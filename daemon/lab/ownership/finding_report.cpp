#include "daemon/lab/ownership/finding_report.h"

#include <cstdio>

namespace freezenet::lab {

namespace {

std::string formatted(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

std::string finding_text(ClaimScheme scheme, double accuracy, const ownership::JobFinding& finding) {
  std::string out =
      "scheme " + std::string(name(scheme)) + (finding.black_box ? ", by queries" : ", by the weights") + "\n";
  out += "accuracy " + formatted("%.4f", accuracy) + "\n";
  out += "matches " + std::to_string(finding.evidence.matches) + " of " + std::to_string(finding.evidence.trials) +
         ", by chance " + formatted("%.4g", finding.evidence.chance) + " each\n";
  out += "p-value 10^" + formatted("%.2f", finding.evidence.log10_p()) + "\n";
  for (const auto& [what, value] : finding.measures) out += what + " " + formatted("%.4g", value) + "\n";
  return out + "rule " + finding.rule + "\n" +
         (finding.found ? "the watermark is there\n" : "the watermark is not there\n");
}

nlohmann::ordered_json finding_json(ClaimScheme scheme, double accuracy, const ownership::JobFinding& finding) {
  nlohmann::ordered_json measures = nlohmann::ordered_json::object();
  for (const auto& [what, value] : finding.measures) measures[what] = value;
  return {{"scheme", name(scheme)},
          {"black_box", finding.black_box},
          {"accuracy", accuracy},
          {"matches", finding.evidence.matches},
          {"trials", finding.evidence.trials},
          {"chance", finding.evidence.chance},
          {"log10_p", finding.evidence.log10_p()},
          {"measures", measures},
          {"rule", finding.rule},
          {"found", finding.found}};
}

}  // namespace freezenet::lab
