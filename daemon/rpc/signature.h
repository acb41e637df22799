#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace freezenet::daemon {

enum class ArgumentType {
  kInteger,  ///< 0 or more
  kBoolean,
  kText,
  kHash,   ///< 64 hexadecimal digits
  kBlock,  ///< a height of the active chain, or the hash of any known block
  kBase64,
  kPassphrase,  ///< text that nobody else should read; freezenet-cli asks for it where it is left out
  kFile,        ///< a whole path on the node's machine; freezenet-cli makes a relative one whole
};

struct Argument {
  std::string_view name;
  ArgumentType type = ArgumentType::kText;
  bool required = true;
  std::string_view help;
  std::vector<std::string_view> choices = {};  ///< the only texts that are allowed; empty: any
};

/// Everything about an RPC method but its code. The node's answers, `help`, the client's conversion of its arguments
/// and docs/rpc.md all follow from this one description; it knows nothing of the node, so that the client links it too.
struct Signature {
  std::string_view name;
  std::string_view group;    ///< "chain", "mining", "network", "model", "wallet", "control"
  std::string_view summary;  ///< one line
  std::vector<Argument> arguments;
  /// Shape of the answer: {key, key: shape or words, ...}, [shape] or [shape ...], "{... of METHOD, key}" for what
  /// another method returns and more, or the name of a plain value (hash, text, integer, true). Behind a ';' stand
  /// remarks. A test compares it with what a node answers.
  std::string_view result;
  std::string_view example;  ///< arguments of freezenet-cli that work on any node
};

/// All methods, group by group, in the order in which `help` lists them.
const std::vector<Signature>& signatures();
/// nullptr where there is none.
const Signature* find_signature(std::string_view name);

/// "no method NAME", and the one that may be meant.
std::string unknown_method(std::string_view name);

/// One line a method, by group.
std::string methods_help();
/// Arguments, result and an example of one method.
std::string method_help(const Signature& signature);
/// The example with its arguments by name; empty where it has none.
std::string named_example(const Signature& signature);
/// "getmodel BLOCK sealed|canonical"
std::string usage_line(const Signature& signature);

}  // namespace freezenet::daemon
