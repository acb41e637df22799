#include "daemon/lab/watermark_words.h"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "daemon/lab/checks.h"
#include "daemon/lab/exit_status.h"
#include "daemon/lab/watermark_command.h"
#include "daemon/lab/watermark_report.h"

namespace freezenet::lab {

namespace {

constexpr const char* kExamples = R"(Examples:
  freezenet-lab train --epochs 1 --out m.safetensors
  freezenet-lab watermark sign m.safetensors --data "Alice, 2026" --ratio 0.001 --out signed.safetensors
  freezenet-lab watermark verify signed.safetensors --data "Alice, 2026" --ratio 0.001
  freezenet-lab watermark derive m.safetensors --data "Alice, 2026" --size 4
  freezenet-lab watermark verify mined.safetensors --header HEX --ratio 0.05 --values fan-in --placement per-tensor

Exit status of verify: 0 the watermark is there, 1 it is not, 2 there is no telling (a wrong argument or file).)";

struct Words {
  WatermarkOptions options;
  bool json = false;
};

std::shared_ptr<Words> add_words(CLI::App& command) {
  auto words = std::make_shared<Words>();
  WatermarkOptions& o = words->options;
  command.add_option("MODEL", o.model, "A model's weights as safetensors, from any program")->required();
  command.add_option("--data", o.text, "Text whose SHA-256 is the watermark's seed");
  command.add_option("--data-file", o.file, "File whose bytes' SHA-256 is the seed");
  command.add_option("--header", o.header, "Block header in hexadecimal whose candidate hash is the seed");
  command.add_option("--size", o.size, "Positions of the watermark")->check(kWholeNumber);
  command.add_option("--ratio", o.ratio, "The same as a share of the weights, a decimal of at most six places");
  command
      .add_option("--values", o.values,
                  "uniform: from -1 to 1; fan-in: as the chain scales them, with --placement per-tensor")
      ->capture_default_str();
  command
      .add_option(
          "--placement", o.placement,
          "global: over all weights; per-tensor: in each tensor of two dimensions or more, as the chain places them")
      ->capture_default_str();
  command.footer(kExamples);
  return words;
}

void say_what_is_left_out(const PlacedWatermark& placed) {
  for (const std::string& tensor : placed.model.left_out)
    std::cerr << "left out: tensor " << tensor << " holds whole numbers, which are no weights\n";
}

void add_derive(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("derive", "Print positions and values as a table: tensor,element,value");
  const auto words = add_words(*command);
  command->add_flag("--json", words->json, "Print JSON");
  command->callback([words, &action] {
    action = [words] {
      const auto placed = place(words->options);
      if (!placed) return placed.error().code == RejectCode::kConfig ? misused(placed.error()) : report(placed.error());
      say_what_is_left_out(*placed);
      std::cerr << watermark_text(*placed);
      (words->json ? print_watermark_json : print_watermark_csv)(*placed, std::cout);
      return kExitDone;
    };
  });
}

void add_sign(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("sign", "Write the model with the watermark to another file");
  const auto words = add_words(*command);
  command->add_option("--out", words->options.out, "Where the signed model is written, as safetensors")->required();
  command->callback([words, &action] {
    action = [words] {
      const auto placed = sign(words->options);
      if (!placed) return placed.error().code == RejectCode::kConfig ? misused(placed.error()) : report(placed.error());
      say_what_is_left_out(*placed);
      std::cout << watermark_text(*placed) << "model " << words->options.out->string() << "\n";
      return kExitDone;
    };
  });
}

void add_verify(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("verify", "Check that the watermark is in the model");
  const auto words = add_words(*command);
  command->add_option("--tolerance", words->options.tolerance, "How far a weight may be from its value")
      ->capture_default_str();
  command->add_flag("--json", words->json, "Print JSON");
  command->callback([words, &action] {
    action = [words] {
      return answered([words] {
        const auto verified = verify(words->options);
        if (!verified) return misused(verified.error());
        say_what_is_left_out(verified->placed);
        std::cout << (words->json ? verified_json(*verified) : verified_text(*verified));
        return verified->check.passed() ? kExitDone : kExitFailed;
      });
    };
  });
}

}  // namespace

void add_watermark(CLI::App& app, Action& action) {
  CLI::App* watermark = app.add_subcommand("watermark", "FreezeNet's own watermark on any model's file");
  watermark->require_subcommand(1);
  watermark->footer(kExamples);
  add_derive(*watermark, action);
  add_sign(*watermark, action);
  add_verify(*watermark, action);
}

}  // namespace freezenet::lab
