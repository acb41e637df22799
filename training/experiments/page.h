#pragma once

#include <string>
#include <vector>

namespace freezenet::experiments {

/// A page of its own: text, tables and charts in one file that asks nothing of a network and runs no script. Readable
/// in light and dark, on paper and on a narrow screen.
class Page {
 public:
  explicit Page(std::string title);

  void heading(const std::string& text);
  void paragraph(const std::string& text);
  /// SVG of chart.h, as it is.
  void chart(const std::string& svg);

  /// "good", "bad", "plain": how a cell looks, beside what it says.
  struct Cell {
    std::string text;
    const char* look = "plain";
  };
  void table(const std::vector<std::string>& head, const std::vector<std::vector<Cell>>& rows);

  [[nodiscard]] std::string html() const;

 private:
  std::string title_, body_;
};

}  // namespace freezenet::experiments
