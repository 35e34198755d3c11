// A buffered output file whose errors are never lost.
#pragma once

#include <string>
#include <string_view>

namespace evenkeel {

// Throws UserError if there is a database, such as a ledger: nothing is written over it.
void require_no_database(const std::string& path);

class OutputFile {
 public:
  // Creates the file, or empties it. Throws UserError as require_no_database, and with the reason
  // if it cannot be written; messages call the file `name`.
  OutputFile(const std::string& path, std::string name);
  explicit OutputFile(const std::string& path) : OutputFile(path, path) {}
  // Closes the file; unflushed data is lost unless close() was called.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Throws UserError if the file cannot grow: disk full, quota, limit.
  void append(std::string_view text);

  // Flushes and closes. Throws UserError like append. Nothing may follow.
  void close();

 private:
  void write_buffer();
  [[noreturn]] void fail(int error_number) const;

  std::string name_;
  std::string buffer_;
  int descriptor_ = -1;
};

}  // namespace evenkeel
