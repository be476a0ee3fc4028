// The Chinese texts of the certificate's labels, compiled with msgfmt from the repository's catalogue, so that tests
// see what a customer sees.
#pragma once

namespace etalon::archive {

// Once a program; a missing msgfmt fails the test.
void load_chinese();

}  // namespace etalon::archive
