#include "daemon/cli/redact.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/targets.h"

namespace freezenet::fuzz {

/// A log that strangers wrote parts of, on its way into a support bundle.
void redact(ByteView input) {
  static const daemon::Redactor redactor = [] {
    daemon::Redactor r;
    r.add_secret("s3cr3t-s3cr3t");
    return r;
  }();
  // Their text before, behind and around what must not go out.
  const std::string text(as_text(input));
  for (const std::string& log : {text + "s3cr3t-s3cr3t" + text, "s3cr3t-s3cr3t" + text}) {
    const std::string clean = redactor.clean(log);
    require(clean.find("s3cr3t-s3cr3t") == std::string::npos, "a known secret is gone");
    require(clean.size() <= 3 * log.size() + 100, "the text does not grow without a bound");
  }
}

}  // namespace freezenet::fuzz
