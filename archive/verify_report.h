// What a verification of an archive found.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"

namespace etalon::archive {

enum class FindingKind {
  changed,          // its bytes are not those of its hash
  missing,          // named, and not there
  unreadable,       // no permission, an error of the disk, a link, a folder, a pipe; or not of the format it should be
  contradicts,      // two statements that should be one differ
  not_referred_to,  // a whole object that no certificate names
  stranger,         // a file that is none of an archive
};

struct Finding {
  FindingKind kind;
  std::string certificate;  // number; empty where it concerns none
  std::string path;
  std::string message;
};

// What could not be compared, and why.
struct NotDecided {
  std::string certificate;
  std::string path;
  std::string message;
};

struct VerifyReport {
  std::size_t certificates = 0;  // good manifests under their own names
  std::size_t objects = 0;
  // In how many certificates each was compared with the others.
  std::size_t manifests_compared = 0;  // with the DCC
  std::size_t pdfs_compared = 0;       // with the DCC and the manifest
  std::size_t results_compared = 0;    // with the DCC
  std::size_t runs_compared = 0;       // evaluated again, with manifest, DCC and results
  std::vector<Finding> findings;
  std::vector<NotDecided> not_decided;

  // Everything was read, compared and found equal.
  bool all_equal() const { return findings.empty() && not_decided.empty(); }
  // done, check_failed (anything found) or undecided.
  base::ExitCode exit_code() const {
    return !findings.empty()      ? base::ExitCode::check_failed
           : !not_decided.empty() ? base::ExitCode::undecided
                                  : base::ExitCode::done;
  }
  std::size_t count(FindingKind kind) const;
};

}  // namespace etalon::archive
