// What a check of a digital calibration certificate says: found wrong, could not be decided, worth a remark. Bounded: a
// file with a million faults is no longer to read than one with a hundred.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace etalon::archive {

struct DccIssue {
  int line = 0;  // 0: the document as a whole
  std::string message;
};

struct DccIssues {
  static constexpr std::size_t kMostKept = 200;
  std::vector<DccIssue> kept;
  std::size_t count = 0;

  void add(int line, const std::string& message);
  void sort_by_line();
};

struct DccFindings {
  DccIssues found;
  DccIssues undecided;
  DccIssues remarks;
  std::size_t old_spellings = 0;  // of units
  int first_old_spelling = 0;     // its line
};

// One rule applied to the many values of one list: the first three are told, the rest counted.
class DccRepeatedIssue {
 public:
  DccRepeatedIssue(DccIssues& issues, int line) : issues_(issues), line_(line) {}
  ~DccRepeatedIssue();
  DccRepeatedIssue(const DccRepeatedIssue&) = delete;
  DccRepeatedIssue& operator=(const DccRepeatedIssue&) = delete;
  void add(const std::string& message);

 private:
  DccIssues& issues_;
  int line_;
  std::size_t count_ = 0;
};

// A text of a certificate in a message: 60 characters of it at most.
std::string quoted(const std::string& text);

}  // namespace etalon::archive
