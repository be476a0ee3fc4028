// Texts that the digital certificate carries of itself, in both languages (they are part of the document, so they do
// not depend on a catalogue being installed).
#pragma once

#include "base/language.h"

namespace etalon::archive::dcc_text {

using base::LocalText;

inline const LocalText kMeasurementResults{"Measurement results", "测量结果"};
inline const LocalText kReferenceValue{"Reference value", "参考值"};
inline const LocalText kNominalValue{"Nominal value", "标称值"};
inline const LocalText kIndication{"Indication", "示值"};
inline const LocalText kError{"Error of indication", "示值误差"};
inline const LocalText kConformity{"Conformity", "符合性"};
inline const LocalText kVerdict{"Verdict", "判定结论"};
inline const LocalText kDegreesOfFreedom{"Effective degrees of freedom", "有效自由度"};
inline const LocalText kToleranceLower{"Lower limit of the maximum permissible error", "最大允许误差下限"};
inline const LocalText kToleranceUpper{"Upper limit of the maximum permissible error", "最大允许误差上限"};
inline const LocalText kAcceptanceLower{"Lower acceptance limit", "接受限下限"};
inline const LocalText kAcceptanceUpper{"Upper acceptance limit", "接受限上限"};
inline const LocalText kCurve{"Calibration curve", "校准曲线"};
inline const LocalText kCorrelation{"Correlation coefficient of the parameters", "参数相关系数"};
inline const LocalText kChiSquared{"Chi-squared", "卡方值"};
inline const LocalText kCurveDegreesOfFreedom{"Degrees of freedom", "自由度"};
inline const LocalText kExpandedUncertainty{"Expanded uncertainty of measurement", "扩展不确定度"};
inline const LocalText kDecisionRule{"Decision rule", "判定规则"};
inline const LocalText kTemperature{"Ambient temperature", "环境温度"};
inline const LocalText kHumidity{"Ambient relative humidity", "环境相对湿度"};
inline const LocalText kPressure{"Ambient atmospheric pressure", "环境大气压"};
inline const LocalText kMinimum{"Minimum", "最小值"};
inline const LocalText kMaximum{"Maximum", "最大值"};
inline const LocalText kSerialNumber{"Serial number", "出厂编号"};
inline const LocalText kLaboratoryId{"Identification by the laboratory", "实验室编号"};
inline const LocalText kCertificateNumber{"Certificate number", "证书编号"};
inline const LocalText kInconclusiveNote{
    "Points that the decision rule leaves undecided are given as conditionalPass where the absolute error does not "
    "exceed "
    "the maximum permissible error and as conditionalFail where it does; the list of verdicts says inconclusive.",
    "按判定规则为待定的点：误差绝对值不超过最大允许误差时记为 conditionalPass，超过时记为 "
    "conditionalFail；判定结论列表中记为 "
    "inconclusive。"};
// The machine-readable marks of what is no certificate: refTypes of a statement that is marked as not valid.
inline constexpr const char* kSimulatedType = "etalon_simulated";
inline constexpr const char* kDraftType = "etalon_draft";
inline const LocalText kSimulated{
    "SIMULATED: the results come from a simulated bench. This document is not a calibration certificate.",
    "模拟数据：结果来自模拟装置。本文件不是校准证书。"};
inline const LocalText kDraft{"DRAFT: not issued. This document is not a calibration certificate.",
                              "草稿：尚未签发。本文件不是校准证书。"};

}  // namespace etalon::archive::dcc_text
