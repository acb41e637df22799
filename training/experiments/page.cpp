#include "training/experiments/page.h"

#include "training/experiments/chart.h"

namespace freezenet::experiments {

namespace {

constexpr const char* kStyle =
    R"(:root{color-scheme:light dark;--fg:#1c1c1c;--bg:#fff;--line:#ccc;--good:#dff3e6;--bad:#fbe0dc}
@media (prefers-color-scheme:dark){:root{--fg:#eaeaea;--bg:#161616;--line:#444;--good:#153d29;--bad:#4d1f19}}
body{font:16px/1.5 system-ui,"DejaVu Sans",Verdana,sans-serif;color:var(--fg);background:var(--bg);max-width:60rem;margin:2rem auto;padding:0 1rem}
svg{display:block;max-width:100%;height:auto;margin:1rem 0}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.86rem;margin:1rem 0}
th,td{border:1px solid var(--line);padding:.2rem .5rem;text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left}.good{background:var(--good)}.bad{background:var(--bad)})";

}  // namespace

Page::Page(std::string title) : title_(std::move(title)) {}

void Page::heading(const std::string& text) { body_ += "<h2>" + xml_text(text) + "</h2>\n"; }

void Page::paragraph(const std::string& text) { body_ += "<p>" + xml_text(text) + "</p>\n"; }

void Page::chart(const std::string& svg) { body_ += "<figure>\n" + svg + "</figure>\n"; }

void Page::table(const std::vector<std::string>& head, const std::vector<std::vector<Cell>>& rows) {
  body_ += "<div class=\"wide\"><table>\n<thead><tr>";
  for (const std::string& cell : head) body_ += "<th>" + xml_text(cell) + "</th>";
  body_ += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    body_ += "<tr>";
    for (const Cell& cell : row)
      body_ += "<td class=\"" + std::string(cell.look) + "\">" + xml_text(cell.text) + "</td>";
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table></div>\n";
}

std::string Page::html() const {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
         xml_text(title_) + "</title>\n<style>\n" + kStyle + "\n</style>\n</head>\n<body>\n<h1>" + xml_text(title_) +
         "</h1>\n" + body_ + "</body>\n</html>\n";
}

}  // namespace freezenet::experiments
