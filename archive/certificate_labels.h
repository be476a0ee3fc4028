// The labels of the printed certificate: English message ids, Chinese in po/zh.po.
#pragma once

#include <string>

#include "base/language.h"

namespace etalon::archive {

namespace label {
using base::message_id;
inline constexpr auto kCertificateNumber = message_id("Certificate number");
inline constexpr auto kPageOf = message_id("Page {0} of {1}");
inline constexpr auto kTelephone = message_id("Telephone");
inline constexpr auto kEmail = message_id("E-mail");
inline constexpr auto kLaboratoryCode = message_id("Laboratory code");
inline constexpr auto kCustomer = message_id("Customer");
inline constexpr auto kItem = message_id("Item calibrated");
inline constexpr auto kMaker = message_id("Manufacturer");
inline constexpr auto kModel = message_id("Model");
inline constexpr auto kSerialNumber = message_id("Serial number");
inline constexpr auto kLaboratoryId = message_id("Laboratory identification");
inline constexpr auto kOwner = message_id("Owner");
inline constexpr auto kCondition = message_id("Condition on receipt");
inline constexpr auto kReceiptDate = message_id("Date of receipt");
inline constexpr auto kCalibrationDate = message_id("Date of calibration");
inline constexpr auto kIssueDate = message_id("Date of issue");
inline constexpr auto kPlace = message_id("Place of calibration");
inline constexpr auto kProcedure = message_id("Calibration procedure");
inline constexpr auto kDocuments = message_id("Method documents");
inline constexpr auto kConformityOfPoints = message_id("Conformity of the points");
inline constexpr auto kPoints = message_id("Points");
inline constexpr auto kCalibratedBy = message_id("Calibrated by");
inline constexpr auto kCheckedBy = message_id("Checked by");
inline constexpr auto kApprovedBy = message_id("Approved by");
inline constexpr auto kQrCaption = message_id("Number and SHA-256 of the DCC");
inline constexpr auto kStandards = message_id("Measurement standards used");
inline constexpr auto kInstrument = message_id("Instrument");
inline constexpr auto kCertificateAndLaboratory = message_id("Certificate, laboratory");
inline constexpr auto kCertificateDate = message_id("Certificate date");
inline constexpr auto kValidUntil = message_id("Valid until");
inline constexpr auto kMethod = message_id("Method");
inline constexpr auto kEnvironment = message_id("Environmental conditions");
inline constexpr auto kQuantity = message_id("Quantity");
inline constexpr auto kMinimum = message_id("Minimum");
inline constexpr auto kMaximum = message_id("Maximum");
inline constexpr auto kUnit = message_id("Unit");
inline constexpr auto kTemperature = message_id("Temperature");
inline constexpr auto kRelativeHumidity = message_id("Relative humidity");
inline constexpr auto kPressure = message_id("Atmospheric pressure");
inline constexpr auto kUncertainty = message_id("Measurement uncertainty");
inline constexpr auto kDecisionRule = message_id("Decision rule");
inline constexpr auto kResults = message_id("Calibration results");
inline constexpr auto kRow = message_id("Row {0}");
inline constexpr auto kContinued = message_id("continued");
inline constexpr auto kNominal = message_id("Nominal value");
inline constexpr auto kReference = message_id("Reference value");
inline constexpr auto kIndication = message_id("Indication");
inline constexpr auto kError = message_id("Error of indication");
inline constexpr auto kExpandedUncertainty = message_id("Expanded uncertainty");
inline constexpr auto kMpe = message_id("Max. permissible error");
inline constexpr auto kAcceptanceLimit = message_id("Acceptance limit");
inline constexpr auto kCoverageFactor = message_id("Coverage factor");
inline constexpr auto kCoverageProbability = message_id("Coverage probability");
inline constexpr auto kDegreesOfFreedom = message_id("Degrees of freedom");
inline constexpr auto kConformity = message_id("Conformity");
inline constexpr auto kPass = message_id("Pass");
inline constexpr auto kConditionalPass = message_id("Conditional pass");
inline constexpr auto kConditionalFail = message_id("Conditional fail");
inline constexpr auto kFail = message_id("Fail");
inline constexpr auto kInconclusive = message_id("Inconclusive");
inline constexpr auto kNotStated = message_id("Not stated");
inline constexpr auto kCurves = message_id("Calibration curves");
inline constexpr auto kRange = message_id("Range");
inline constexpr auto kEquation = message_id("Equation");
inline constexpr auto kParameter = message_id("Parameter");
inline constexpr auto kValue = message_id("Value");
inline constexpr auto kCorrelation = message_id("Correlation");
inline constexpr auto kChiSquared = message_id("Chi-squared");
inline constexpr auto kCharts = message_id("Errors and calibration curves");
inline constexpr auto kErrorWithU = message_id("error with U");
inline constexpr auto kFittedCurve = message_id("curve with U");
inline constexpr auto kAppliedValue = message_id("Applied value");
inline constexpr auto kStatements = message_id("Statements");
inline constexpr auto kSoftware = message_id("Evaluated with");
inline constexpr auto kEnd = message_id("End of certificate");
inline constexpr auto kDraftMark = message_id("DRAFT - NOT A CALIBRATION CERTIFICATE");
inline constexpr auto kSimulatedMark = message_id("SIMULATED DATA - NOT A CALIBRATION CERTIFICATE");
}  // namespace label

// A text in the leading language and in the other one; the second is empty where it would only repeat the first.
struct Bilingual {
  std::string first;
  std::string second;
  // "first second" with a separator between them.
  std::string joined(const std::string& separator = " ") const {
    return second.empty() ? first : first.empty() ? second : first + separator + second;
  }
};

inline base::Language other_language(base::Language language) {
  return language == base::Language::en ? base::Language::zh : base::Language::en;
}

inline Bilingual bilingual(const base::LocalText& text, base::Language leading) {
  Bilingual b{text.in(leading), text.in(other_language(leading))};
  if (b.second == b.first) b.second.clear();
  return b;
}

inline Bilingual bilingual(const char* message_id, base::Language leading) {
  return bilingual(
      base::LocalText{base::translate(message_id, base::Language::en), base::translate(message_id, base::Language::zh)},
      leading);
}

}  // namespace etalon::archive
