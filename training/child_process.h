#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "consensus/base/result.h"

namespace freezenet::training {

/// Another program with a pipe into its standard input and one out of its standard output; its standard error is ours.
/// Owned by one thread. Nothing of it is left when this ends: the pipes close, which is the program's sign to end, and
/// if that takes longer than two seconds it is killed.
class ChildProcess {
 public:
  /// `command` is a program, looked up in PATH where it has no '/', and its arguments. kConfig where it cannot be
  /// started, with what the system says.
  static Result<std::unique_ptr<ChildProcess>> start(const std::vector<std::string>& command);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Our ends of the pipes; neither blocks.
  [[nodiscard]] int in() const { return in_; }    ///< what the program writes
  [[nodiscard]] int out() const { return out_; }  ///< what it reads
  /// The program's first word, as it was given.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Ends it as the destructor does, and says how it ended: "exit status 1", "signal 9". The same every time.
  const std::string& end();

 private:
  ChildProcess(std::string name, pid_t pid, int in, int out);

  std::string name_, ending_;
  pid_t pid_;
  int in_, out_;
};

}  // namespace freezenet::training
