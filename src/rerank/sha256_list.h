// The checksums that may lie beside a checkpoint's files.
#pragma once

#include <string>

#include "base/error.h"

namespace vlr {

// The list's name in a checkpoint directory; its lines are as sha256sum writes them: 64 hexadecimal digits,
// two blanks (or a blank and an asterisk), a file of the same directory.
inline constexpr const char* kSha256List = "SHA256SUMS";

// Reads every listed file, several at once. -> how many; 0 without a list. Errors: "model_invalid" for a line
// that does not parse, a file that is listed and missing, a checksum that differs; part is the file's name.
Result<int> CheckSha256List(const std::string& directory);

// Of a whole file, as 64 lower-case hexadecimal digits. Errors: those of MappedFile::Open.
Result<std::string> Sha256OfFile(const std::string& path);

}  // namespace vlr
