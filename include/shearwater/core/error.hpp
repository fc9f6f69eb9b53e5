// SPDX-License-Identifier: BSD-3-Clause
// Errors and the exit code that each one ends the program with.
#pragma once

#include <exception>
#include <source_location>
#include <stdexcept>
#include <string>

namespace shearwater::core {

/// Exit codes of the program (after sysexits.h); a job script requeues on `stopped`.
enum class ExitCode : int {
  done = 0,
  usage = 64,      ///< wrong command line
  bad_input = 65,  ///< an input file, key, unit, shape or value is wrong
  internal = 70,   ///< a broken promise of the program itself, or a numerical failure
  io = 74,         ///< reading or writing failed: missing file, full disk, damaged file
  stopped = 75     ///< stopped early as asked; the message says what --resume goes on with
};

/// Base of all errors of the program. The message names the value, the allowed range, the remedy.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, std::string const& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

class UsageError : public Error {
 public:
  explicit UsageError(std::string const& message) : Error(ExitCode::usage, message) {}
};
class InputError : public Error {
 public:
  explicit InputError(std::string const& message) : Error(ExitCode::bad_input, message) {}
};
class IoError : public Error {
 public:
  explicit IoError(std::string const& message) : Error(ExitCode::io, message) {}
};
class NumericsError : public Error {
 public:
  explicit NumericsError(std::string const& message) : Error(ExitCode::internal, message) {}
};
class InternalError : public Error {
 public:
  explicit InternalError(std::string const& message) : Error(ExitCode::internal, message) {}
};

/// What any exception means to a user: an Error is itself, a failed file operation an IoError of
/// the file and the reason, missing memory says what to lower; what a library throws keeps its
/// message, without the call stack that some append.
Error as_error(std::exception const& error);

/// Throws InternalError with the place of the call when `condition` is false: for misuse by our own
/// code. What a user can cause is an InputError with a message of its own.
void require(bool condition, std::string const& message,
             std::source_location where = std::source_location::current());

}  // namespace shearwater::core
