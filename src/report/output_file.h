// A file being written: buffered, and loud when the world does not let it.
#pragma once

#include <string>
#include <string_view>

namespace evenkeel {

class OutputFile {
 public:
  // Creates the file, or empties it. Throws UserError with the reason, which calls the file by
  // `name`.
  OutputFile(const std::string& path, std::string name);
  explicit OutputFile(const std::string& path) : OutputFile(path, path) {}
  // Closes the file; what was not yet on its way is lost unless close() was called.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Throws UserError if the file takes no more: disk full, quota, limit.
  void append(std::string_view text);

  // Writes what is buffered and closes. Throws UserError like append. Nothing may follow.
  void close();

 private:
  void write_buffer();
  [[noreturn]] void fail(int error_number) const;

  std::string name_;
  std::string buffer_;
  int descriptor_ = -1;
};

}  // namespace evenkeel
