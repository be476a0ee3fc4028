// What is said of a point that was measured more than once.
#include <fmt/format.h>

#include <algorithm>

#include "base/language.h"
#include "calibration/evaluation/evaluate.h"

namespace etalon::calibration {

using acquisition::Attempt;
using acquisition::AttemptCause;

namespace {

const char* cause_text(AttemptCause cause) {
  using base::message_id;
  switch (cause) {
    case AttemptCause::first:
      return message_id("first");
    case AttemptCause::interrupted:
      return message_id("after an interruption");
    case AttemptCause::line_out_of_step:
      return message_id("readings withdrawn: the line was out of step");
    case AttemptCause::wiring_doubted:
      return message_id("because a reading contradicted the wiring");
    case AttemptCause::repeated:
      return message_id("repeated");
  }
  return "";
}

std::string text_in(base::Language language, const EvaluatedPoint& point) {
  const auto in = [&](const char* id) { return base::translate(id, language); };
  std::string more;
  for (const Attempt& attempt : point.attempts) {
    if (attempt.cause == AttemptCause::first) continue;
    const bool begun = attempt.number > 0;
    std::string text =
        begun ? fmt::format(fmt::runtime(in(base::message_id("attempt {0} on {1}: {2}"))), attempt.number, attempt.day,
                            in(cause_text(attempt.cause)))
              : fmt::format(fmt::runtime(in(base::message_id("a repeat on {}, broken off before it read anything"))),
                            attempt.day);
    if (!attempt.reason.empty())
      text +=
          fmt::format(fmt::runtime(in(base::message_id(" (reason: {})"))),
                      attempt.reason == "no reason given" ? in(base::message_id("no reason given")) : attempt.reason);
    if (begun && !attempt.finished) text += in(base::message_id(", not finished"));
    more += (more.empty() ? "" : "; ") + text;
  }
  if (more.empty()) return "";
  return fmt::format(fmt::runtime(in(base::message_id("{0}: attempt {1} counts; {2}"))), point.point.id, point.attempt,
                     more);
}

}  // namespace

base::LocalText attempts_text(const EvaluatedPoint& point) {
  return {text_in(base::Language::en, point), text_in(base::Language::zh, point)};
}

bool repeated_by_choice(const EvaluatedPoint& point) {
  return std::any_of(point.attempts.begin(), point.attempts.end(),
                     [](const Attempt& attempt) { return attempt.cause == AttemptCause::repeated; });
}

}  // namespace etalon::calibration
