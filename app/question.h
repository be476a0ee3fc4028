// A question to the person at the terminal, and the answer: only what is typed after it was asked, and only what it
// offers. docs/procedures.md says the rules.
#pragma once

#include <functional>
#include <string>

#include "app/interruption.h"

namespace etalon::app {

struct Question {
  std::string choices;                                   // "Enter: done    q: stop here"
  std::function<bool(const std::string& plain)> offers;  // of an answer as plain_answer() makes it
};

// The answer as it was typed, without the blanks around it. First the person has a second to read what stands above, and whatever is typed
// meanwhile or was before is thrown away, until nothing has been typed for a second (a bouncing or held key, a paste, a
// slow line); only then the choices are shown. One line is one answer: a paste of several is none. What is not offered
// is told to `not_taken`, and the question is asked again. A program in the background stops here until it is brought
// to the foreground (PausedError). InputError at the end of the input, for a file (nobody reads the prompt there), and
// for a pipe that never falls silent.
std::string ask(const Question& question, Interruption& interruption,
                const std::function<void(const std::string& typed)>& not_taken);

}  // namespace etalon::app
