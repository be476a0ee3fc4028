// Everything a calibration certificate says, as plain data (ISO/IEC 17025:2017 7.8.2, 7.8.4, 7.8.6). The digital
// certificate (dcc_writer.h) and the printed one (certificate_pdf.h) are both made from it, so they cannot disagree.
// Numbers of results are decimal TEXT, already rounded (base/decimal.h); nothing downstream rounds again.
// Dates are "YYYY-MM-DD". An empty text means "not stated".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/language.h"

namespace etalon::archive {

using base::LocalText;

// What the document is. `simulated` marks results of a simulated bench: every page and the DCC say that it is not a
// calibration certificate.
enum class CertificateStatus { draft, simulated, issued };

struct Contact {
  LocalText name;
  std::string code;  // accreditation or authorisation code of a laboratory
  LocalText address;
  std::string country_code;  // ISO 3166-1, two capital letters
  std::string phone;
  std::string email;
};

struct Item {
  LocalText name;
  LocalText maker;
  std::string model;
  std::string serial;
  std::string laboratory_id;  // identification given by the laboratory
  LocalText owner;
  LocalText condition;  // on receipt
};

enum class PersonRole { calibrated, checked, approved };

struct Person {
  PersonRole role = PersonRole::calibrated;
  LocalText name;
};

struct Dates {
  std::optional<std::string> receipt;
  std::string begin;
  std::string end;
  std::string issue;
};

enum class PlaceKind { laboratory, customer, laboratory_branch, customer_branch, other };

struct Place {
  PlaceKind kind = PlaceKind::laboratory;
  LocalText text;
};

struct Method {
  LocalText procedure_title;
  std::vector<std::string> documents;  // "JJF 1587-2016"
  LocalText description;               // additions, deviations, exclusions; wiring, settling
};

struct MeasurementStandard {
  LocalText name;
  LocalText maker;
  std::string model;
  std::string serial;
  std::string certificate_number;
  LocalText certificate_laboratory;
  std::string certificate_date;
  std::string valid_until;
  std::string certificate_sha256;  // of the certificate's file, when the laboratory holds it
};

enum class InfluenceQuantity { temperature, relative_humidity, pressure };

// Over the time in which readings were taken. `unit` as in base/units.h ("degC", "%", "hPa").
struct EnvironmentCondition {
  InfluenceQuantity quantity = InfluenceQuantity::temperature;
  std::string minimum;
  std::string maximum;
  std::string unit;
  std::string expanded_uncertainty;
  std::string coverage_factor = "2";
  std::string coverage_probability = "0.95";
};

struct Software {
  LocalText name;
  std::string version;  // "0.1.0"
};

struct DecisionRule {
  std::string id;  // name in the software, "simple-acceptance"
  LocalText name;
  LocalText text;  // the rule in full, with its parameters and the specification it applies
};

// ILAC-G8:09/2019 4.2; `inconclusive` is 待定 of JJF 1094.
enum class Conformity { pass, conditional_pass, conditional_fail, fail, inconclusive, not_stated };

// The point as it is drawn, unrounded: x in the table's value unit, the rest in its error unit.
struct PlotPoint {
  double x = 0;
  double error = 0;
  double expanded_uncertainty = 0;
  std::optional<double> mpe;
};

// Errors, U, limits in the table's error unit; the first three in its value unit.
struct Row {
  std::string nominal;
  std::string reference;
  std::string indication;
  std::string error;
  std::string expanded_uncertainty;
  std::string mpe;               // half-width; empty: no specification
  std::string acceptance_limit;  // half-width after the decision rule's guard band; empty: not stated
  std::string coverage_factor;
  std::string coverage_probability;          // "0.95"
  std::string effective_degrees_of_freedom;  // "∞" or "inf" when infinite
  Conformity verdict = Conformity::not_stated;
  PlotPoint plot;
  LocalText note;  // what is special about the row: "input shorted"; printed beside the nominal value
};

struct ResultTable {
  std::string id;  // letters, digits, '-', '_', '.'; unique in the certificate: "dcv-10V"
  LocalText title;
  LocalText range;  // "10 V"
  std::string value_unit;
  std::string error_unit;
  std::vector<Row> rows;
};

struct CurveParameter {
  std::string name;  // "b0"
  std::string value;
  std::string expanded_uncertainty;
  std::string coverage_factor;
  std::string coverage_probability;
  std::string unit;  // "1" for a number
};

// The curve as it is drawn: error and half-width of its coverage band at x (units of the table).
struct CurveSample {
  double x = 0;
  double error = 0;
  double expanded_uncertainty = 0;
};

struct Curve {
  std::string id;
  std::string table_id;  // of the table it was fitted to
  LocalText range;
  std::string equation;        // for people: "E = b0 + b1·x"
  std::string equation_latex;  // for the DCC; empty: none
  std::vector<CurveParameter> parameters;
  std::string correlation;  // r(b0, b1); empty: not stated
  std::string chi_squared;
  std::string degrees_of_freedom;
  std::vector<CurveSample> samples;  // ascending x
};

struct Certificate {
  std::string number;
  LocalText title;
  CertificateStatus status = CertificateStatus::draft;
  Contact laboratory;
  Contact customer;
  Item item;
  std::vector<Person> persons;
  Dates dates;
  Place place;
  Method method;
  std::vector<MeasurementStandard> standards;
  std::vector<EnvironmentCondition> environment;
  Software software;
  DecisionRule decision_rule;
  LocalText coverage_statement;
  std::vector<LocalText> statements;
  std::vector<ResultTable> tables;
  std::vector<Curve> curves;
};

}  // namespace etalon::archive
