#include "archive/dcc_findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/language.h"

namespace etalon::archive {

using base::tr;

namespace {
constexpr std::size_t kToldOfOneRule = 3;
}

void DccIssues::add(int line, const std::string& message) {
  if (++count <= kMostKept) kept.push_back({line, message});
}

void DccIssues::sort_by_line() {
  std::stable_sort(kept.begin(), kept.end(), [](const DccIssue& a, const DccIssue& b) { return a.line < b.line; });
}

DccRepeatedIssue::~DccRepeatedIssue() {
  if (count_ > kToldOfOneRule) {
    issues_.add(line_, fmt::format(fmt::runtime(tr("… and {} more values like these")), count_ - kToldOfOneRule));
  }
}

void DccRepeatedIssue::add(const std::string& message) {
  if (++count_ <= kToldOfOneRule) issues_.add(line_, message);
}

std::string quoted(const std::string& text) {
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end) + "…";
}

}  // namespace etalon::archive
