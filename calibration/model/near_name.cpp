#include "calibration/model/near_name.h"

#include <algorithm>

namespace etalon::calibration {

namespace {

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Edit distance in which exchanging two neighbours counts once (optimal string alignment).
std::size_t slips_between(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> slips(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      std::size_t& here = slips[i][j];
      if (i == 0 || j == 0) {
        here = i + j;
        continue;
      }
      here = std::min({slips[i - 1][j] + 1, slips[i][j - 1] + 1, slips[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        here = std::min(here, slips[i - 2][j - 2] + 1);
    }
  }
  return slips[a.size()][b.size()];
}

}  // namespace

std::string near_name(const std::string& name, const std::vector<std::string>& candidates) {
  if (name.size() < 2) return "";
  const std::size_t most = name.size() <= 3 ? 1 : 2;
  std::string nearest;
  std::size_t fewest = most + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > name.size() + most || name.size() > candidate.size() + most) continue;
    const std::size_t slips = lower_case(name) == lower_case(candidate) ? 1 : slips_between(name, candidate);
    if (slips < fewest) {
      fewest = slips;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace etalon::calibration
