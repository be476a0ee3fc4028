// Validation of digital calibration certificates against PTB's XML schemas, offline.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace etalon::archive {

// undecided: valid as far as the schemas at hand go; an element of another namespace (MathML) needs one more.
enum class SchemaState { valid, invalid, undecided, skipped };

struct SchemaIssue {
  int line = 0;
  std::string message;
};

struct SchemaResult {
  SchemaState state = SchemaState::skipped;
  std::string reason;               // why it was skipped or is undecided
  std::string version;              // schemaVersion of the certificate
  std::vector<SchemaIssue> issues;  // the first 200
  std::size_t issue_count = 0;
};

// `schema_folder` has a catalog.xml (OASIS XML catalogue) that maps https://ptb.de/ to files below it; the schema of
// the certificate's own schemaVersion is used and its imports are taken from the catalogue only, never from the
// network. An empty folder name, a folder without catalogue, one without that version's schema or with a broken one,
// and a certificate without schemaVersion give `skipped` and the reason. FileError when it is not well-formed.
SchemaResult validate_against_schema(std::string_view bytes, const std::string& schema_folder,
                                     const std::string& name = "certificate.xml");

}  // namespace etalon::archive
