// Validation of digital calibration certificates against PTB's XML schemas, offline.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace etalon::archive {

enum class SchemaState { valid, invalid, skipped };

struct SchemaIssue {
  int line = 0;
  std::string message;
};

struct SchemaResult {
  SchemaState state = SchemaState::skipped;
  std::string reason;  // why it was skipped
  std::vector<SchemaIssue> issues;
};

// `schema_folder` has a catalog.xml (OASIS XML catalogue) that maps https://ptb.de/ to files below it; the schema of
// the certificate's own schemaVersion is used and its imports are taken from the catalogue only, never from the
// network. An empty folder name, a folder without catalogue, or one without that version's schema gives `skipped` and
// the reason. FileError when the certificate is not well-formed; InputError when the schema itself cannot be loaded.
SchemaResult validate_against_schema(std::string_view bytes, const std::string& schema_folder,
                                     const std::string& name = "certificate.xml");

}  // namespace etalon::archive
