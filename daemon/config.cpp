#include "daemon/config.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include <CLI/CLI.hpp>
#include <pwd.h>
#include <unistd.h>

#include "daemon/durable_file.h"
#include "daemon/strict_json.h"

namespace freezenet::daemon {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxConfigBytes = 1 << 20;

/// What one source said about an option, as text, in its order.
using Settings = std::map<const OptionSpec*, std::vector<std::string>>;

tl::unexpected<Reject> config_error(const std::string& where, const std::string& what) {
  return reject(RejectCode::kConfig, where + ": " + what);
}

// --- Command line ---

/// The CLI11 side: one CLI option a row, filled with text. Rows and CLI11 meet nowhere else.
class Parser {
 public:
  explicit Parser(Program program) : program_(program) {
    app_.set_help_flag();
    app_.allow_extras();
    help_ = app_.add_flag("--help,-h");
    version_ = app_.add_flag("--version");
    if (program == Program::kNode) print_config_ = app_.add_flag("--print-config");
    for (const OptionSpec& spec : option_table()) {
      if (spec.is_for(program)) add(spec);
    }
  }

  /// Throws CLI::ParseError.
  void parse(std::span<const std::string> arguments) {
    // CLI11 takes a list back to front.
    app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  }

  [[nodiscard]] CommandLine::Action action() const {
    if (help_->count() > 0) return CommandLine::Action::kHelp;
    if (version_->count() > 0) return CommandLine::Action::kVersion;
    if (print_config_ != nullptr && print_config_->count() > 0) return CommandLine::Action::kPrintConfig;
    return CommandLine::Action::kRun;
  }

  [[nodiscard]] Result<Settings> settings() const {
    Settings settings;
    for (const auto& [spec, option] : options_) {
      if (option->count() > 0) settings[spec] = option->results();
    }
    for (const auto& [spec, option] : negations_) {
      if (option->count() == 0) continue;
      const std::string name(spec->name);
      if (settings.contains(spec))
        return reject(RejectCode::kConfig, "--" + name + " and --no-" + name + " contradict each other");
      if (option->results().front() != "true") return reject(RejectCode::kConfig, "--no-" + name + " takes no value");
      settings[spec] = {"off"};
    }
    return settings;
  }

  /// What CLI11 did not know: method and arguments for freezenet-cli, mistakes for the rest.
  [[nodiscard]] Result<std::vector<std::string>> arguments() const {
    std::vector<std::string> rest = app_.remaining();
    if (!rest.empty() && rest.front() == "--")
      rest.erase(rest.begin());
    else if (!rest.empty() && rest.front().starts_with('-'))
      return tl::unexpected(unknown_switch(rest.front()));
    if (program_ == Program::kNode && !rest.empty()) {
      return reject(RejectCode::kConfig,
                    "freezenetd takes options only, not '" + rest.front() + "'; see freezenetd --help");
    }
    return rest;
  }

 private:
  void add(const OptionSpec& spec) {
    const std::string name = "--" + std::string(spec.name);
    if (spec.is_switch()) {
      options_[&spec] = app_.add_flag(name)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
      if (spec.in_file) negations_[&spec] = app_.add_flag("--no-" + std::string(spec.name));
      return;
    }
    // CLI11 would read into a variable; its own store of results is all that is needed.
    CLI::Option* option = app_.add_option(name, [](const CLI::results_t&) { return true; });
    option->type_size(1)->expected(1);
    if (spec.is_list()) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
    options_[&spec] = option;
  }

  [[nodiscard]] Reject unknown_switch(std::string_view text) const {
    text = text.substr(std::min(text.find_first_not_of('-'), text.size()));
    return unknown_option("option --", text.substr(0, text.find('=')), program_);
  }

  Program program_;
  CLI::App app_;
  CLI::Option* help_ = nullptr;
  CLI::Option* version_ = nullptr;
  CLI::Option* print_config_ = nullptr;
  std::map<const OptionSpec*, CLI::Option*> options_;
  std::map<const OptionSpec*, CLI::Option*> negations_;
};

// --- Configuration file ---

Result<std::string> text_of(const OptionSpec& spec, const nlohmann::json& value) {
  const std::string name(spec.name);
  if (spec.is_switch()) {
    if (value.is_boolean()) return std::string(value.get<bool>() ? "on" : "off");
    return reject(RejectCode::kConfig, name + " must be true or false");
  }
  if (spec.is_number()) {
    if (value.is_number_integer()) return value.dump();
    return reject(RejectCode::kConfig, name + " must be a whole number, without quotes");
  }
  if (value.is_string()) return value.get<std::string>();
  return reject(RejectCode::kConfig,
                name + (spec.is_list() ? " must be a list of texts in quotes" : " must be a text in quotes"));
}

Result<Settings> settings_from_json(const nlohmann::json& file, const fs::path& folder) {
  if (!file.is_object())
    return reject(RejectCode::kConfig, "the file must hold one object: { \"OPTION\": VALUE, ... }");
  Settings settings;
  for (const auto& [key, value] : file.items()) {
    const OptionSpec* spec = find_option(key);
    if (spec == nullptr) return tl::unexpected(unknown_option("key ", key, Program::kNode));
    if (!spec->in_file) return reject(RejectCode::kConfig, key + " belongs on the command line only");
    std::vector<std::string>& texts = settings[spec];
    if (spec->is_list() && !value.is_array())
      return reject(RejectCode::kConfig, key + " must be a list: [\"" + std::string(spec->value) + "\", ...]");
    const nlohmann::json values = spec->is_list() ? value : nlohmann::json::array({value});
    for (const nlohmann::json& one : values) {
      auto text = text_of(*spec, one);
      if (!text) return tl::unexpected(text.error());
      if (std::holds_alternative<fs::path Options::*>(spec->member) && !text->empty()) text = (folder / *text).string();
      texts.push_back(std::move(*text));
    }
  }
  return settings;
}

Result<Settings> read_config(const fs::path& path, bool must_exist) {
  // Behind a closed door nobody can tell whether there is a file: whoever opens the data folder next says so better.
  if (!must_exist && ::access(path.parent_path().c_str(), X_OK) != 0) return Settings{};
  const auto text = read_text_file(path, kMaxConfigBytes);
  if (!text && text.error().code == RejectCode::kNotFound) {
    if (!must_exist) return Settings{};
    return reject(RejectCode::kConfig, "there is no configuration file " + path.string());
  }
  if (!text) return tl::unexpected(text.error());
  const auto json = parse_strict_json(*text);
  if (!json) return config_error(path.string(), json.error().detail);
  auto settings = settings_from_json(*json, path.parent_path());
  if (!settings) return config_error(path.string(), settings.error().detail);
  return settings;
}

// --- Both together ---

std::optional<std::string> said(const Settings& settings, std::string_view name) {
  const auto found = settings.find(find_option(name));
  if (found == settings.end() || found->second.empty()) return std::nullopt;
  return found->second.front();
}

Result<> check_network_name(const std::string& name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (!name.empty() && name.size() <= 16 && std::all_of(name.begin(), name.end(), allowed)) return {};
  return reject(RejectCode::kConfig, "network must be a name of at most 16 characters of a-z, 0-9 and -");
}

Result<fs::path> default_datadir(const Environment& environment, const std::string& network) {
  if (!environment.home.empty()) return environment.home / ".freezenet" / network;
  return reject(RejectCode::kConfig,
                "this user has no home folder; say where the data is to be kept with --datadir DIR");
}

Result<> apply(Options& options, const Settings& settings, const fs::path& base) {
  for (const auto& [spec, texts] : settings) {
    if (const auto* list = std::get_if<std::vector<std::string> Options::*>(&spec->member)) (options.**list).clear();
    for (const std::string& text : texts) {
      if (auto set = set_option(options, *spec, text); !set) return set;
    }
    if (const auto* path = std::get_if<fs::path Options::*>(&spec->member)) {
      options.** path = (base / (options.**path)).lexically_normal();
    }
  }
  return {};
}

Result<Options> merge(const Settings& line, const Environment& environment) {
  const fs::path& cwd = environment.working_directory;
  const std::string first_network = said(line, "network").value_or(std::string(find_option("network")->fallback));
  if (auto named = check_network_name(first_network); !named) return tl::unexpected(named.error());

  // The file may stand in a folder whose name follows from the network; so its place is found from the command line
  // alone.
  const auto line_datadir = said(line, "datadir");
  const auto line_config = said(line, "config");
  fs::path config;
  if (line_config) {
    config = cwd / *line_config;
  } else {
    const Result<fs::path> folder =
        line_datadir ? Result<fs::path>(cwd / *line_datadir) : default_datadir(environment, first_network);
    if (!folder) return tl::unexpected(folder.error());
    config = *folder / "freezenetd.json";
  }
  const auto file = read_config(config, line_config.has_value());
  if (!file) return tl::unexpected(file.error());

  const std::string network = said(line, "network").value_or(said(*file, "network").value_or(first_network));
  if (auto named = check_network_name(network); !named) return tl::unexpected(named.error());
  if (!line_config && !line_datadir && network != first_network) {
    return config_error(config.string(),
                        "it lies in the folder of " + first_network + " and names the network " + network);
  }
  Options options = default_options(network);
  // The file first, so that the command line wins; paths of the file are absolute already.
  if (auto applied = apply(options, *file, config.parent_path()); !applied)
    return config_error(config.string(), applied.error().detail);
  if (auto applied = apply(options, line, cwd); !applied) return tl::unexpected(applied.error());
  options.network = network;
  options.config = config.lexically_normal();
  if (options.datadir.empty()) {
    auto folder = default_datadir(environment, network);
    if (!folder) return tl::unexpected(folder.error());
    options.datadir = std::move(*folder);
  }
  return options;
}

}  // namespace

Environment system_environment() {
  Environment environment;
  std::error_code ignored;
  environment.working_directory = fs::current_path(ignored);
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    environment.home = home;
  } else if (const passwd* user = ::getpwuid(::geteuid()); user != nullptr && user->pw_dir != nullptr) {
    environment.home = user->pw_dir;
  }
  return environment;
}

Result<CommandLine> parse_command_line(Program program, std::span<const std::string> arguments,
                                       const Environment& environment) {
  CommandLine result;
  Parser parser(program);
  try {
    parser.parse(arguments);
  } catch (const CLI::Error& error) {
    return reject(RejectCode::kConfig, error.what());
  }
  result.action = parser.action();
  if (result.action != CommandLine::Action::kRun) return result;
  auto rest = parser.arguments();
  if (!rest) return tl::unexpected(rest.error());
  result.arguments = std::move(*rest);
  const auto settings = parser.settings();
  if (!settings) return tl::unexpected(settings.error());
  auto options = merge(*settings, environment);
  if (!options) return tl::unexpected(options.error());
  result.options = std::move(*options);
  if (result.options.check) result.action = CommandLine::Action::kCheck;
  return result;
}

Result<CommandLine> parse_command_line(Program program, int argc, const char* const* argv,
                                       const Environment& environment) {
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  return parse_command_line(program, arguments, environment);
}

}  // namespace freezenet::daemon
