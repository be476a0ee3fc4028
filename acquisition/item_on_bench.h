// The individual that an item file describes, at the item's place of a bench.
#pragma once

#include "acquisition/item.h"
#include "drivers/bench.h"

namespace etalon::acquisition {

// FileError with both places where the two files contradict each other: serial number, model, maker; or where two
// instruments are one. The item's model also says what of the driver file holds.
void put_item_on_bench(drivers::Bench& bench, const Item& item);

// A bench file that a run goes on with may name other addresses, but the same instruments. FileError names the first
// that differs.
void require_same_instruments(const drivers::Bench& begun, const drivers::Bench& now);

}  // namespace etalon::acquisition
