// SCPI's ways of writing one header (SCPI-1999 volume 1, 6.2): long and short form, any case, leading colon, the
// optional nodes [SENSe:] at the root and [:NEXT] at the end.
#pragma once

#include <string>

namespace etalon::drivers::simulation {

// The message with its header in short form and capitals: ":sense:voltage:dc:range? MAX" is "VOLT:DC:RANG? MAX". The
// rest of the message stays as it is; so do common commands ("*IDN?"). A template's places in braces count as the rest.
std::string short_form(const std::string& message);

}  // namespace etalon::drivers::simulation
