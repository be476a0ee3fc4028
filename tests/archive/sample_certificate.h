// A whole certificate as a 6½-digit multimeter would get it: five ranges of dc voltage, 28 points, a line for each
// range.
#pragma once

#include "archive/certificate.h"

namespace etalon::archive {

Certificate sample_certificate(CertificateStatus status = CertificateStatus::issued);

}  // namespace etalon::archive
