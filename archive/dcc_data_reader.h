// Reads the content of dcc:data: quantities with their metadata, lists, texts and formulas.
#pragma once

#include "archive/dcc_elements.h"

namespace etalon::archive {

DccQuantity read_quantity(DccElements& elements, const xmlNode* quantity);
DccMetaData read_metadata(DccElements& elements, const xmlNode* metadata);
// Those of the measurementMetaData below `parent`.
std::vector<DccMetaData> read_metadata_of(DccElements& elements, const xmlNode* parent);
// The texts, formulas and embedded files that stand directly in `data`.
std::vector<base::LocalText> read_texts(DccElements& elements, const xmlNode* data);

}  // namespace etalon::archive
